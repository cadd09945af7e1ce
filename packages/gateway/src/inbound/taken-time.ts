import type { TimeRange } from '@isched/values';
import type { BusyPeriod, ObjectsView } from '../ports/calendar-objects.ts';
import type { CalendarUser } from '../ports/directory.ts';
import { createBusyTimes } from './busy-times.ts';
import { readStoredText } from './stored-text.ts';

/** What is asked about a user's time. */
export interface TakenTimeQuestion {
  readonly range: TimeRange;
  /** Objects that may be worked out on demand. */
  readonly left: number;
  /** The UID of an object that doesn't count. */
  readonly except?: string | undefined;
}

export interface TakenTime {
  /** Unmerged, in any order. */
  readonly periods: readonly BusyPeriod[];
  /** How many objects had to be worked out. */
  readonly expanded: number;
}

/** How much work one object may be that is expanded on demand: about a millisecond. */
const maxWorkOnDemand = 20_000;

/**
 * What takes a user's time: what is known beforehand, and what has to be worked out.
 *
 * @throws StoreUnavailable.
 */
export async function takenTime(
  objects: ObjectsView,
  user: CalendarUser,
  { range, left, except }: TakenTimeQuestion,
): Promise<TakenTime> {
  const known = await objects.busy(user.id, range, except);
  const others = await objects.notCovering(user.id, range, left);
  const busyTimesOf = createBusyTimes({ horizon: range, maxInstances: 2_000, maxWork: maxWorkOnDemand });
  const worked = others.flatMap(({ uid, text }) => {
    const calendar = uid === except ? undefined : readStoredText(text);
    return calendar ? busyTimesOf(calendar, user).periods : [];
  });
  return { periods: [...known, ...worked], expanded: others.length };
}
