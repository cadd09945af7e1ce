import type { Brand, EpochMs, TimeRange } from '@isched/values';
import type { CalendarId, UserId } from './directory.ts';

/** A period that is taken. The names are those of FBTYPE. */
export interface BusyPeriod extends TimeRange {
  readonly type: 'BUSY' | 'BUSY-TENTATIVE' | 'BUSY-UNAVAILABLE';
}

/** Changes with each change of an object; compare for equality only. */
export type Revision = Brand<number, 'Revision'>;

/** One scheduling object of one user: all components that share a UID. */
export interface NewObject {
  readonly user: UserId;
  readonly calendar: CalendarId;
  readonly uid: string;
  /** iCalendar, without METHOD. */
  readonly text: string;
  readonly changedAt: EpochMs;
}

export interface StoredObject extends NewObject {
  readonly revision: Revision;
}

/** As far as ECMAScript's dates reach. */
export const allTime: TimeRange = { start: -8_640_000_000_000_000 as EpochMs, end: 8_640_000_000_000_000 as EpochMs };

/** When an object takes its user's time, computed by the caller: a store knows no iTIP. */
export interface BusyTimes {
  /** Sorted; no two overlap. */
  readonly periods: readonly BusyPeriod[];
  /** The range in which `periods` tell all. What lies outside has to be expanded from the object itself. */
  readonly covers: TimeRange;
}

export interface PutOptions {
  readonly busy: BusyTimes;
  /** Put only over this revision; `undefined`: only where there is none yet. Left out: in any case. */
  readonly ifUnchanged?: { readonly revision: Revision | undefined } | undefined;
}

/** The object is not what it was when it was read: read again. */
export class StaleRevision extends Error {
  override readonly name = 'StaleRevision';
  readonly code = 'stale-revision';
}

export interface ObjectsView {
  get(user: UserId, uid: string): Promise<StoredObject | undefined>;
  /** A user's objects by UID. */
  list(user: UserId): Promise<readonly StoredObject[]>;
  /**
   * What takes the user's time within the range, of the objects whose busy times cover it. Unmerged, in any order.
   *
   * @param except - the UID of an object that doesn't count.
   */
  busy(user: UserId, range: TimeRange, except?: string): Promise<readonly BusyPeriod[]>;
  /** The objects whose busy times don't cover the range: to be expanded on demand. At most `limit`. */
  notCovering(user: UserId, range: TimeRange, limit: number): Promise<readonly StoredObject[]>;
}

/** What a piece of work is going to read or change: one object, which need not be there yet, or all of a user's. */
export interface WantedObjects {
  readonly user: UserId;
  /** Left out: whatever the user has. */
  readonly uid?: string | undefined;
}

export interface CalendarObjects extends ObjectsView {
  /**
   * Keeps others from these objects until this piece of work has ended. Who reads or changes objects of several users, or reads
   * one and then all of a user's, holds them first, in one go: pieces of work that do so never stop each other.
   */
  hold(wanted: readonly WantedObjects[]): Promise<void>;
  /** @throws StaleRevision when the object is not the one expected. */
  put(object: NewObject, options: PutOptions): Promise<Revision>;
  /** Takes an object away; nothing to do where there is none. */
  remove(user: UserId, uid: string): Promise<void>;
}
