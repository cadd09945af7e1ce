import { formatRequestStatus, requestStatus } from '@isched/itip';
import type { HttpField, HttpResponse } from '@isched/runtime';
import type { Octets } from '@isched/values';
import { unsupportedRscales } from '../capabilities/admits.ts';
import type { OwnCapabilities } from '../capabilities/capabilities.ts';
import { faultStatus, type ReceiverRefusal, SchedulingFault, troubleStatus } from '../fault.ts';
import type { AuthenticatedMessage, DeliveryResult } from '../message.ts';
import { formatAs } from '../wire/calendar-format.ts';
import { formatErrorDocument } from '../wire/error-document.ts';
import { noCaching, xmlMediaType } from '../wire/names.ts';
import { formatScheduleResponse, type RecipientResponse } from '../wire/schedule-response.ts';

const xmlFields: readonly HttpField[] = [
  { name: 'Content-Type', value: xmlMediaType },
  { name: 'Cache-Control', value: noCaching },
];

/**
 * The results no delivery is needed for: a rule in a calendar scale that we do not know is wrong for every recipient.
 *
 * @throws nothing.
 */
export function resultsWithoutDelivery(
  { itip, recipients }: AuthenticatedMessage,
  capabilities: OwnCapabilities,
): readonly DeliveryResult[] | undefined {
  const [rscale] = unsupportedRscales(itip, capabilities);
  if (rscale === undefined) return undefined;
  const status = requestStatus('3.1', `RSCALE=${rscale.slice(0, 40)}`);
  return recipients.map(() => ({ requestStatus: status, reason: 'rscale-not-supported', replies: [] }));
}

/**
 * The answer to a request of which at least the envelope, the signature and the message were in order: 200, and a status
 * for each recipient in the order of the request.
 *
 * @throws TypeError when there is not one result for each recipient: our mistake.
 * @see iSchedule digest §5.
 */
export function respond(message: AuthenticatedMessage, results: readonly DeliveryResult[]): HttpResponse {
  const { recipients } = message;
  if (results.length !== recipients.length)
    throw new TypeError(`${results.length} results for ${recipients.length} recipients`);
  const responses = results.map((result, index) => responseOf(result, recipients[index]?.text ?? '', message));
  return xmlResponse(200, formatScheduleResponse(responses));
}

/** The answer to a request that was refused as a whole. @throws nothing. */
export function respondWithError(error: SchedulingFault | ReceiverRefusal): HttpResponse {
  if (error instanceof SchedulingFault) {
    return xmlResponse(faultStatus[error.code], formatErrorDocument(error.code, error.description));
  }
  const { retryAfterSeconds, allow } = error;
  return xmlResponse(troubleStatus[error.trouble], formatErrorDocument(undefined, error.description), [
    ...(allow === undefined ? [] : [{ name: 'Allow', value: allow }]),
    ...(retryAfterSeconds === undefined ? [] : [{ name: 'Retry-After', value: String(Math.ceil(retryAfterSeconds)) }]),
  ]);
}

function xmlResponse(status: number, content: Octets, fields: readonly HttpField[] = []): HttpResponse {
  return { status, fields: [...xmlFields, ...fields], content };
}

function responseOf(
  result: DeliveryResult,
  recipient: string,
  { itip, mediaType }: AuthenticatedMessage,
): RecipientResponse {
  const calendar = itip.componentType === 'VFREEBUSY' ? result.replies[0]?.calendar : undefined;
  return {
    recipient,
    requestStatus: formatRequestStatus(result.requestStatus),
    calendarData: calendar && { contentType: mediaType, version: '2.0', text: formatAs(mediaType, calendar) },
    description: result.description,
  };
}
