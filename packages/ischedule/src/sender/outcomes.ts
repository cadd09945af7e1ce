import { type CalAddress, calAddressKey, ICalendarError, parseCalAddress } from '@isched/icalendar';
import { parseRequestStatus, type RequestStatus } from '@isched/itip';
import { type FetchError, type FetchFailure, type FetchResponse, fieldValue } from '@isched/runtime';
import type { EpochMs } from '@isched/values';
import type { Asked, Attempt } from '../discovery/ask.ts';
import type { FaultCode } from '../fault.ts';
import type { PeerError } from '../wire/error-document.ts';
import type { CalendarMediaType } from '../wire/names.ts';
import { type PeerResponse, readScheduleAnswer } from '../wire/schedule-response.ts';
import { decodeXml, XmlError } from '../wire/xml.ts';
import { parseMediaType } from '../wire/media-type.ts';
import { retryAfterMs } from './retry-after.ts';

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

/** What the answer is an answer to. */
export interface AskedFor {
  readonly recipients: readonly CalAddress[];
  readonly mediaType: CalendarMediaType;
  /** A person waits for it: nothing is tried again by itself. */
  readonly realTime: boolean;
  readonly now: EpochMs;
}

/**
 * Reads what a peer made of a request: one verdict for each recipient, in order.
 *
 * @throws nothing, whatever the peer answered.
 */
export function readVerdicts(asked: Asked, request: AskedFor): readonly Verdict[] {
  switch (asked.status) {
    case 'unreachable':
      return request.recipients.map(() => verdictOfFailures(asked.failures));
    case 'misdirected': {
      const description = `redirect not followed: ${asked.why}`;
      return request.recipients.map(() => ({
        status: 'failed',
        by: 'peer',
        httpStatus: asked.response.status,
        description,
      }));
    }
    case 'answered':
      return readAnswer(asked.response, request);
    default:
      return asked satisfies never;
  }
}

/**
 * The verdict where nobody could be asked: the most hopeful of the failures counts.
 *
 * @param failures - at least one.
 * @throws nothing.
 */
export function verdictOfFailures(failures: readonly FetchError[]): Verdict {
  const passing = failures.find((failure) => failureTries[failure.code] === 'usual');
  if (passing) return { status: 'retry', tries: 'usual', cause: passing };
  const stubborn = failures.find((failure) => failureTries[failure.code] === 'few');
  if (stubborn) return { status: 'retry', tries: 'few', cause: stubborn };
  return { status: 'failed', by: 'peer', description: failures.at(-1)?.code };
}

const failureTries: Readonly<Record<FetchFailure, 'usual' | 'few' | 'none'>> = {
  'url-forbidden': 'none',
  'address-forbidden': 'none',
  'no-address': 'usual',
  'dns-unavailable': 'usual',
  'connect-failed': 'usual',
  'certificate-invalid': 'usual',
  'certificate-name-mismatch': 'few',
  'response-too-long': 'few',
  'response-malformed': 'few',
  timeout: 'usual',
};

/** The verdict on an HTTP status that is no answer to the message. @throws nothing. */
export function verdictOfStatus(response: FetchResponse, now: EpochMs): Verdict {
  const { status: httpStatus } = response;
  if (isTransient(httpStatus)) {
    const afterMs = retryAfterMs(fieldValue(response.fields, 'Retry-After'), now);
    return {
      status: 'retry',
      tries: 'usual',
      afterMs,
      httpStatus,
      cause: explanationOf(response) ?? `HTTP ${httpStatus}`,
    };
  }
  const by = httpStatus === 401 || httpStatus === 407 ? 'configuration' : 'peer';
  const error = tryReadError(response);
  return {
    status: 'failed',
    by,
    httpStatus,
    fault: error?.fault,
    description: describe(error) ?? explanationOf(response),
  };
}

const finalServerErrors: readonly number[] = [501, 505, 511];
const transientClientErrors: readonly number[] = [408, 425, 429];

function isTransient(httpStatus: number): boolean {
  if (httpStatus >= 500) return !finalServerErrors.includes(httpStatus);
  return transientClientErrors.includes(httpStatus);
}

/** Only 200 is an answer to the message, but a document that is one is taken under any 2xx. */
function readAnswer(response: FetchResponse, request: AskedFor): readonly Verdict[] {
  const { status: httpStatus } = response;
  if (httpStatus < 200 || httpStatus > 299) return request.recipients.map(() => verdictOfStatus(response, request.now));
  try {
    const answer = readScheduleAnswer(response.content);
    if (answer.kind === 'error') return request.recipients.map(() => refusedWith(answer.error, httpStatus));
    const byKey = Map.groupBy(answer.responses, (item) => keyOf(item.recipient));
    return request.recipients.map((recipient) =>
      readRecipient(byKey.get(calAddressKey(recipient)) ?? [], request, httpStatus),
    );
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    const verdict: Verdict =
      httpStatus === 200
        ? { status: 'retry', tries: 'few', httpStatus, cause: error }
        : { status: 'failed', by: 'peer', httpStatus, description: `HTTP ${httpStatus} is no answer` };
    return request.recipients.map(() => verdict);
  }
}

function refusedWith(error: PeerError, httpStatus: number): Verdict {
  return { status: 'failed', by: 'peer', httpStatus, fault: error.fault, description: describe(error) };
}

/** Several responses for one recipient: the worst counts. */
function readRecipient(responses: readonly PeerResponse[], request: AskedFor, httpStatus: number): Verdict {
  const verdicts = responses.map((response) => readResponse(response, request, httpStatus));
  const [worst] = verdicts.toSorted((left, right) => severity(right) - severity(left));
  return worst ?? { status: 'retry', tries: 'few', httpStatus, cause: 'the answer does not name the recipient' };
}

const severities: Readonly<Record<OutcomeMeaning, number>> = {
  done: 0,
  'done-with-remark': 1,
  'done-unknown': 2,
  pending: 3,
  retry: 4,
  'few-tries': 5,
  'not-offered': 6,
  final: 7,
};

function severity(verdict: Verdict): number {
  return severities[meaningOf(verdict)];
}

function readResponse(response: PeerResponse, request: AskedFor, httpStatus: number): Verdict {
  const stated = response.requestStatus === undefined ? undefined : parseRequestStatus(response.requestStatus);
  if (!stated && response.error) return refusedWith(response.error, httpStatus);
  const requestStatus = stated ?? missingStatus;
  const description = response.description ?? describe(response.error);
  if (meaningOfStatus(requestStatus) === 'retry' && !request.realTime) {
    return { status: 'retry', tries: 'usual', httpStatus, requestStatus, cause: description ?? requestStatus.text };
  }
  const data = response.calendarData && readCalendarData(response.calendarData, request.mediaType);
  return {
    status: 'answered',
    requestStatus,
    calendarData: data?.text,
    calendarDataType: data?.type,
    description,
  };
}

/** What a response without a status counts as (Q53). */
const missingStatus: RequestStatus = { code: '5.1', text: 'Service unavailable' };

/** XML turned the line ends into LF, and layout may surround the text. */
function readCalendarData(
  data: NonNullable<PeerResponse['calendarData']>,
  requested: CalendarMediaType,
): { readonly type: CalendarMediaType; readonly text: string } | undefined {
  const text = data.text.trim();
  if (text === '') return undefined;
  const type = calendarType(parseMediaType(data.contentType ?? '')?.type) ?? sniffType(text) ?? requested;
  return { type, text: type === 'text/calendar' ? `${text.replace(/\r\n|\r|\n/g, '\r\n')}\r\n` : text };
}

function calendarType(type: string | undefined): CalendarMediaType | undefined {
  return type === 'text/calendar' || type === 'application/calendar+json' ? type : undefined;
}

function sniffType(text: string): CalendarMediaType | undefined {
  if (text.startsWith('[')) return 'application/calendar+json';
  return /^BEGIN:/i.test(text) ? 'text/calendar' : undefined;
}

/** How a recipient that a peer echoes is compared; what is no address stands for itself. */
function keyOf(recipient: string): string {
  try {
    return calAddressKey(parseCalAddress(recipient));
  } catch (error) {
    if (error instanceof ICalendarError) return recipient;
    throw error;
  }
}

function tryReadError(response: FetchResponse): PeerError | undefined {
  try {
    const answer = readScheduleAnswer(response.content);
    return answer.kind === 'error' ? answer.error : undefined;
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}

function describe(error: PeerError | undefined): string | undefined {
  return error?.description ?? error?.element;
}

/** A plain text's first words: the only reason some peers give. */
function explanationOf(response: FetchResponse): string | undefined {
  if (parseMediaType(fieldValue(response.fields, 'Content-Type') ?? '')?.type !== 'text/plain') return undefined;
  return (
    decodeXml(response.content.subarray(0, 800))
      .replace(/[\x00-\x1f\x7f]+/g, ' ')
      .trim()
      .slice(0, 200) || undefined
  );
}
