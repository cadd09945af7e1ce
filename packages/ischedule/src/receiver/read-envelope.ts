import { parseSignatureField, SignatureFieldError } from '@isched/doseta';
import type { HttpRequest } from '@isched/runtime';
import type { Abortable, DomainName } from '@isched/values';
import { takesMediaType, type OwnCapabilities } from '../capabilities/capabilities.ts';
import { ReceiverRefusal, SchedulingFault } from '../fault.ts';
import type { Envelope } from '../message.ts';
import { ischedule } from '../service.ts';
import { type MediaType, mediaTypeParameters, parseMediaType } from '../wire/media-type.ts';
import type { CalendarMediaType } from '../wire/names.ts';
import {
  headerOctets,
  parseOriginator,
  parseRecipients,
  parseVersions,
  type RequestFields,
  readRequestFields,
} from '../wire/request-fields.ts';
import type { Setting, Visitor } from './options.ts';

/**
 * Reads the header of a scheduling request: sizes, then whether the peer is let in now, then version, type, one
 * Originator, Recipients. Nothing of the content is needed, and 100 Continue is not sent yet.
 *
 * @throws SchedulingFault or ReceiverRefusal for the first thing that is wrong.
 * @see iSchedule digest §3, §4.
 */
export async function readEnvelope(
  request: HttpRequest,
  { setting, capabilities }: { readonly setting: Setting; readonly capabilities: OwnCapabilities },
  options: Abortable,
): Promise<Envelope> {
  if (headerOctets(request.fields) > setting.maxHeaderOctets) {
    throw new ReceiverRefusal('fields-too-large', `The fields are longer than ${setting.maxHeaderOctets} octets.`);
  }
  const fields = readRequestFields(request.fields);
  await admitVisitor(request, fields, { setting, options });
  checkVersion(fields, capabilities);
  const mediaType = readMediaType(fields, capabilities);
  checkContentLength(fields, capabilities);
  return {
    messageId: fields.messageIds[0] || undefined,
    originator: parseOriginator(fields.originators),
    recipients: parseRecipients(fields.recipients, capabilities.maxRecipients),
    ...mediaType,
  };
}

async function admitVisitor(
  { remoteAddress }: HttpRequest,
  { signatures, contentTypes }: RequestFields,
  { setting, options }: { readonly setting: Setting; readonly options: Abortable },
): Promise<void> {
  const admission = await setting.deps.admit(
    { remoteAddress, claimedDomain: () => claimedDomain(signatures), stated: () => statedOf(contentTypes) },
    options,
  );
  if (admission.status === 'admitted') return;
  const { retryAfterSeconds = setting.retryAfterSeconds } = admission;
  if (admission.status === 'overloaded') {
    throw new ReceiverRefusal('unavailable', 'There is too much to do; please try again later.', { retryAfterSeconds });
  }
  throw new ReceiverRefusal('too-many-requests', 'Too many requests; please try again later.', { retryAfterSeconds });
}

function statedOf([value, second]: readonly string[]): ReturnType<Visitor['stated']> {
  const stated = value === undefined || second !== undefined ? undefined : parseMediaType(value);
  if (!stated) return { methods: [], components: [] };
  return { methods: statedNames(stated, 'method'), components: statedNames(stated, 'component') };
}

function claimedDomain([signature, second]: readonly string[]): DomainName | undefined {
  if (signature === undefined || second !== undefined) return undefined;
  try {
    return parseSignatureField(signature, { defaultCanonicalization: ischedule.defaultCanonicalization }).signingDomain;
  } catch (error) {
    if (error instanceof SignatureFieldError) return undefined;
    throw error;
  }
}

function checkVersion({ versions }: RequestFields, capabilities: OwnCapabilities): void {
  if (parseVersions(versions).some((version) => capabilities.versions.includes(version))) return;
  const spoken = capabilities.versions.join(', ');
  throw new SchedulingFault('version-not-supported', `iSchedule-Version must name one of: ${spoken}.`);
}

function checkContentLength({ contentLengths }: RequestFields, { maxContentLength }: OwnCapabilities): void {
  if (contentLengths.some((value) => Number(value) > maxContentLength)) throw contentTooLong(maxContentLength);
}

/** @throws nothing. */
export function contentTooLong(maxContentLength: number): SchedulingFault {
  return new SchedulingFault('max-content-length', `The content is longer than ${maxContentLength} octets.`);
}

function readMediaType(
  { contentTypes, contentEncodings }: RequestFields,
  capabilities: OwnCapabilities,
): Pick<Envelope, 'mediaType' | 'statedMethods' | 'statedComponents'> {
  const [value, second] = contentTypes;
  const stated = value === undefined || second !== undefined ? undefined : parseMediaType(value);
  if (contentEncodings.length > 0) throw notTaken('A Content-Encoding is not taken.');
  if (!stated || !isCalendarType(stated.type) || !takesMediaType(capabilities, stated.type)) {
    const taken = capabilities.calendarDataTypes.map(({ contentType }) => contentType).join(', ');
    throw notTaken(`The Content-Type must be one of: ${taken}.`);
  }
  const charsets = mediaTypeParameters(stated, 'charset');
  if (charsets.some((charset) => !/^(?:utf-?8|us-ascii)$/i.test(charset))) throw notTaken('The charset must be UTF-8.');
  return {
    mediaType: stated.type,
    statedMethods: statedNames(stated, 'method'),
    statedComponents: statedNames(stated, 'component'),
  };
}

function statedNames(stated: MediaType, parameter: string): readonly string[] {
  const names = mediaTypeParameters(stated, parameter).flatMap((value) => value.split(','));
  return names.map((name) => name.trim().toUpperCase()).filter((name) => name !== '');
}

function isCalendarType(type: string): type is CalendarMediaType {
  return type === 'text/calendar' || type === 'application/calendar+json';
}

function notTaken(description: string): SchedulingFault {
  return new SchedulingFault('invalid-calendar-data-type', description);
}
