import type { CalAddress } from '@isched/icalendar';
import type { RequestStatus } from '@isched/itip';
import type { Attempt } from '../discovery/ask.ts';
import type { FaultCode } from '../fault.ts';
import type { CalendarMediaType } from '../wire/names.ts';

/** What became of the message for one recipient, as far as the sender can say. */
export type Verdict =
  | {
      readonly status: 'answered';
      readonly requestStatus: RequestStatus;
      /** Free-busy: the answer's calendar, line ends restored. */
      readonly calendarData?: string | undefined;
      readonly calendarDataType?: CalendarMediaType | undefined;
      readonly description?: string | undefined;
    }
  | {
      readonly status: 'failed';
      /** `configuration`: ours to mend, such as a missing key, or a proxy that wants a password. */
      readonly by: 'peer' | 'capabilities' | 'configuration';
      readonly httpStatus?: number | undefined;
      readonly fault?: FaultCode | undefined;
      readonly description?: string | undefined;
    }
  | { readonly status: 'not-offered' }
  | {
      readonly status: 'retry';
      /** `few`: it will hardly get better by itself. */
      readonly tries: 'usual' | 'few';
      /** As the peer asked. Milliseconds. */
      readonly afterMs?: number | undefined;
      readonly httpStatus?: number | undefined;
      readonly requestStatus?: RequestStatus | undefined;
      readonly cause: unknown;
    };

export type RecipientOutcome = { readonly recipient: CalAddress; readonly attempts: readonly Attempt[] } & Verdict;

/** What the owner of a message makes of an outcome. */
export type OutcomeMeaning =
  | 'done'
  | 'done-unknown' // passed on; what became of it nobody will say
  | 'done-with-remark'
  | 'pending' // taken, not decided: not to be sent again
  | 'retry'
  | 'few-tries'
  | 'final'
  | 'not-offered';

/**
 * What is to be done about an outcome.
 *
 * @throws nothing.
 * @see iSchedule digest §5.
 */
export function meaningOf(outcome: Verdict): OutcomeMeaning {
  switch (outcome.status) {
    case 'answered':
      return meaningOfStatus(outcome.requestStatus);
    case 'failed':
      return 'final';
    case 'not-offered':
      return 'not-offered';
    case 'retry':
      return outcome.tries === 'few' ? 'few-tries' : 'retry';
    default:
      return outcome satisfies never;
  }
}

/** What a request-status says by itself. @throws nothing. @see iSchedule digest §5. */
export function meaningOfStatus({ code }: RequestStatus): OutcomeMeaning {
  const listed = Object.hasOwn(meanings, code) ? meanings[code] : undefined;
  return listed ?? meaningsByClass[code.slice(0, code.indexOf('.'))] ?? 'final';
}

const meanings: Readonly<Record<string, OutcomeMeaning>> = {
  '1.1': 'done-unknown',
  '1.2': 'done',
  '2.0': 'done',
  '2.7': 'done-unknown',
  '5.1': 'retry',
};

const meaningsByClass: Readonly<Record<string, OutcomeMeaning>> = {
  '1': 'pending',
  '2': 'done-with-remark',
  '3': 'final',
  '4': 'final',
  '5': 'final',
};
