import { type CalAddress, calAddressKey } from '@isched/icalendar';
import type { Fallback, FallbackMessage, FallbackOutcome, FallbackRecipient } from 'isched';

/** What a fake has taken. */
export interface Taken {
  readonly recipient: CalAddress;
  readonly idempotencyKey: string;
  readonly message: FallbackMessage;
}

/** Another way that a test controls. */
export interface FakeFallback extends Fallback {
  /** All that was taken, repeats included, in order. */
  readonly taken: readonly Taken[];
  /** What becomes of the next messages for a recipient. */
  will(recipient: CalAddress, outcome: FallbackOutcome): void;
  /** What is done before anything is taken; may wait, and throw. */
  before: ((message: FallbackMessage) => Promise<void>) | undefined;
}

/** Makes one that takes everything. */
export function createFakeFallback(): FakeFallback {
  const taken: Taken[] = [];
  const outcomes = new Map<string, FallbackOutcome>();
  const fake: FakeFallback = {
    taken,
    before: undefined,
    will: (recipient, outcome) => void outcomes.set(calAddressKey(recipient), outcome),
    async handOver(message, { signal } = {}) {
      signal?.throwIfAborted();
      await fake.before?.(message);
      signal?.throwIfAborted();
      return message.recipients.map(({ address, idempotencyKey }: FallbackRecipient): FallbackOutcome => {
        const outcome = outcomes.get(calAddressKey(address)) ?? { status: 'taken' };
        if (outcome.status === 'taken') taken.push({ recipient: address, idempotencyKey, message });
        return outcome;
      });
    },
  };
  return fake;
}
