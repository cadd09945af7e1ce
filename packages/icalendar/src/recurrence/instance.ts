import type { EpochMs } from '@isched/values';
import type { Component } from '../component.ts';
import type { DateValue } from '../date-time.ts';

/** One time that something takes place. */
export interface Instance {
  readonly start: EpochMs;
  /** Equal to the start when it has no length. */
  readonly end: EpochMs;
  /** Which instance it is: where the series alone would have put it, in the form of the series' DTSTART. */
  readonly recurrenceId: DateValue;
  /** What describes it: the master, or its override. */
  readonly component: Component;
  /** Whether a component of its own describes it. */
  readonly overridden: boolean;
}
