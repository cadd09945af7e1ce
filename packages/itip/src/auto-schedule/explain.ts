import { ianaZone, utcZone } from '@isched/icalendar';
import { type RequestStatus, requestStatus } from '../request-status.ts';
import { type AutoScheduleOptions, bookingRange } from './options.ts';
import type { AnswerCause } from './verdict.ts';

/** What a no says beside no. */
export interface Explanation {
  readonly requestStatus?: RequestStatus | undefined;
  /** For people. */
  readonly comment?: string | undefined;
}

/**
 * Why a room declines, for whoever reads its answer.
 *
 * @throws nothing.
 * @see RFC 5546 §3.6.
 */
export function explain(because: AnswerCause, options: AutoScheduleOptions): Explanation {
  switch (because) {
    case 'taken':
      return { requestStatus: requestStatus('4.0'), comment: 'Taken at that time.' };
    case 'beyond-horizon':
      return {
        requestStatus: requestStatus('4.0'),
        comment: `Can be booked until ${lastDay(options)}, which is before this.`,
      };
    case 'too-complex':
      return { requestStatus: requestStatus('3.6'), comment: 'The recurrence rule is too much to work out.' };
    case 'always':
    case 'free':
      return {};
    default:
      return because satisfies never;
  }
}

/** The day on which the time ends for which the room can be booked, on its own clock. */
function lastDay(options: AutoScheduleOptions): string {
  const { defaultZone = utcZone } = options;
  const zone = typeof defaultZone === 'string' ? (ianaZone(defaultZone) ?? utcZone) : defaultZone;
  const { year, month, day } = zone.toLocal(bookingRange(options).end);
  return [year, month, day].map((number) => String(number).padStart(2, '0')).join('-');
}
