import { parseCalendar } from '@isched/icalendar';
import { type ItipMessage, readItipMessage } from '@isched/itip';
import { queuedLimits, storedLimits } from '../policy/stored-limits.ts';

/**
 * The message of a submission. It may be longer than what is taken from strangers: what is told of a meeting grows with it.
 *
 * @throws ICalendarError, ItipError where nobody can read it.
 */
export function readQueuedMessage(text: string): ItipMessage {
  return readItipMessage(parseCalendar(text, storedLimits), { limits: queuedLimits });
}
