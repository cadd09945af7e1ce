import { type CalAddress, calAddressKey, ICalendarError, parseCalAddress } from '@isched/icalendar';
import { parseRequestStatus, type RequestStatus } from '@isched/itip';
import { type FetchError, type FetchFailure, type FetchResponse, fieldValue } from '@isched/runtime';
import type { EpochMs } from '@isched/values';
import type { Asked } from '../discovery/ask.ts';
import type { PeerError } from '../wire/error-document.ts';
import { parseMediaType } from '../wire/media-type.ts';
import type { CalendarMediaType } from '../wire/names.ts';
import { type PeerResponse, readScheduleAnswer } from '../wire/schedule-response.ts';
import { decodeXml, XmlError } from '../wire/xml.ts';
import { readCalendarData } from './calendar-data.ts';
import { meaningOf, meaningOfStatus, type OutcomeMeaning, type Verdict } from './outcomes.ts';
import { retryAfterMs } from './retry-after.ts';

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
