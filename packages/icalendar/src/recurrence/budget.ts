import { ICalendarError } from '../errors.ts';

/** What is left of the work that one expansion may cost; shared by all that takes part in it. */
export interface Budget {
  left: number;
}

/** One unit is one period looked at or one instance made; about a tenth of a microsecond to some microseconds. */
export const defaultWork = 200_000;

/** @throws ICalendarError `recurrence-too-complex` when there is no more left. */
export function spend(budget: Budget, units = 1): void {
  budget.left -= units;
  if (budget.left < 0) throw new ICalendarError('recurrence-too-complex', 'the recurrence needs too much work');
}
