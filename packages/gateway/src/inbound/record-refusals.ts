import { calAddressKey } from '@isched/icalendar';
import type { ReceiverEvent } from '@isched/ischedule';
import type { Clock } from '@isched/runtime';
import type { Store } from '../ports/store.ts';

export interface RefusalRecorderDeps {
  readonly store: Store;
  readonly clock: Clock;
  /** Told when a refusal could not be written down. */
  readonly onFailure: (cause: unknown) => void;
}

/** Refusals that wait to be written; past it they are only reported, so that nobody fills our memory by being refused. */
const maxWaiting = 100;
/** Recipients of one refusal that get a line. */
const maxLines = 10;

/**
 * Writes down why authenticated messages were refused as a whole. What strangers do before their signature passed leaves
 * nothing: they can't fill the disk.
 *
 * @returns an observer of the receiver's events.
 */
export function createRefusalRecorder(deps: RefusalRecorderDeps): (event: ReceiverEvent) => void {
  let waiting = 0;
  return (event) => {
    if (event.type !== 'refused' || !event.signedBy || !event.envelope) return;
    if (waiting >= maxWaiting) return deps.onFailure(new RangeError('too many refusals at once to write each down'));
    waiting += 1;
    void writeDown(event, deps)
      .catch(deps.onFailure)
      .finally(() => {
        waiting -= 1;
      });
  };
}

type Refused = Extract<ReceiverEvent, { readonly type: 'refused' }>;

async function writeDown(
  { reason, description, envelope, signedBy }: Refused,
  { store, clock }: RefusalRecorderDeps,
): Promise<void> {
  if (!envelope) return;
  const at = clock.now();
  await store.transaction(async (tx) => {
    for (const recipient of envelope.recipients.slice(0, maxLines)) {
      await tx.decisions.add({
        at,
        direction: 'inbound',
        reason,
        originator: calAddressKey(envelope.originator),
        recipient: recipient.key,
        signingDomain: signedBy?.signingDomain,
        messageId: envelope.messageId?.slice(0, 255),
        method: envelope.statedMethods[0]?.slice(0, 40),
        detail: description,
      });
    }
  });
}
