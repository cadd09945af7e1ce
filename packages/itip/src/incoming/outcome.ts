import type { Component } from '@isched/icalendar';
import type { Change, Edit } from '../judgement.ts';
import type { IgnoredReason } from '../reasons.ts';
import type { Moment } from '../zoned.ts';

/** What one component of a message comes to. */
export interface Outcome {
  readonly edits: readonly Edit[];
  readonly change: Change;
  /** The meeting, or this instance, is at another time. */
  readonly moved: boolean;
  /** An instance that the series left out and that is back. */
  readonly back?: Moment | undefined;
  /** The series that is known has no such instance: something was missed. */
  readonly missed?: boolean | undefined;
  /** The person's answer for the series holds for an instance of which the organizer doesn't know it. */
  readonly inherited?: Component | undefined;
}

/** An outcome, or why there is none. */
export type Result = Outcome | IgnoredReason;
