import type { Clock } from '@isched/runtime';
import { type Abortable, epochMs, type TimeRange } from '@isched/values';
import { busyHorizon, type InboundLimits, resolveInboundLimits } from '../policy/inbound-limits.ts';
import { StaleRevision, type StoredObject } from '../ports/calendar-objects.ts';
import type { CalendarUser } from '../ports/directory.ts';
import type { Store, StoreTransaction } from '../ports/store.ts';
import { type BusyTimesOf, createBusyTimes } from './busy-times.ts';
import { readStoredText } from './stored-text.ts';

export interface RollDeps {
  readonly store: Store;
  readonly clock: Clock;
}

/** So much of the time ahead may be missing before a series is worked out again. Milliseconds. */
const slackMs = 61 * 86_400_000;
/** Objects of one user in one round. */
const objectsOfUser = 5_000;
/** Objects worked out in one transaction, so that messages never wait long. */
const objectsAtOnce = 10;

/**
 * Works the busy times of endless series out again where they no longer reach far enough ahead, so that a search finds
 * them by the index.
 *
 * @returns how many objects were worked out.
 * @throws StoreUnavailable; the signal's reason when it was aborted.
 * @see DESIGN §5.
 */
export async function rollBusyTimes(
  deps: RollDeps,
  limits: Partial<InboundLimits> = {},
  options: Abortable = {},
): Promise<number> {
  const resolved = resolveInboundLimits(limits);
  const now = deps.clock.now();
  const wanted: TimeRange = { start: now, end: epochMs(now + resolved.busyAheadMs - slackMs) };
  const users = await deps.store.read((view) => view.directory.users(), options);
  const busyTimesOf = createBusyTimes({ horizon: busyHorizon(now, resolved), maxInstances: resolved.maxBusyInstances });
  let rolled = 0;
  for (const user of users) {
    const due = await deps.store.read((view) => view.objects.notCovering(user.id, wanted, objectsOfUser), options);
    for (let first = 0; first < due.length; first += objectsAtOnce) {
      const some = due.slice(first, first + objectsAtOnce);
      const work = (tx: StoreTransaction): Promise<number> => rollSome(tx, some, { user, wanted, busyTimesOf });
      rolled += await deps.store.transaction(work, options);
    }
  }
  return rolled;
}

interface Rolling {
  readonly user: CalendarUser;
  readonly wanted: TimeRange;
  readonly busyTimesOf: BusyTimesOf;
}

async function rollSome(
  tx: StoreTransaction,
  objects: readonly StoredObject[],
  { user, wanted, busyTimesOf }: Rolling,
): Promise<number> {
  let rolled = 0;
  for (const { revision, ...object } of objects) {
    const calendar = readStoredText(object.text);
    const busy = calendar && busyTimesOf(calendar, user);
    // What has too many instances never reaches as far; it stays as it is, and is worked out on demand.
    if (!busy || busy.covers.end < wanted.end) continue;
    rolled += await putUnchanged(() => tx.objects.put(object, { busy, ifUnchanged: { revision } }));
  }
  return rolled;
}

/** Whoever changed it meanwhile has worked it out. */
async function putUnchanged(put: () => Promise<unknown>): Promise<number> {
  try {
    await put();
    return 1;
  } catch (error) {
    if (error instanceof StaleRevision) return 0;
    throw error;
  }
}
