import type { ItipMessage } from '@isched/itip';
import type { Signer, SigningIdentity } from '@isched/doseta';
import type { HttpField } from '@isched/runtime';
import type { DomainName, Octets } from '@isched/values';
import type { Question } from '../discovery/ask.ts';
import { type CalendarMediaType, noCaching, protocolVersion } from '../wire/names.ts';
import { fieldFromText } from '../wire/request-fields.ts';

/** What goes into the fields of one request. */
export interface RequestParts {
  readonly itip: ItipMessage;
  readonly messageId: string;
  readonly originator: string;
  readonly recipients: readonly string[];
  readonly mediaType: CalendarMediaType;
  readonly content: Octets;
  readonly userAgent: string | undefined;
  readonly authorization: string | undefined;
}

/**
 * Makes a request and signs it. Nothing is changed after: the signature goes last, in one line.
 *
 * @throws what the signer throws: our own trouble, never a peer's.
 * @see iSchedule digest §3; peers-on-the-wire Q14–Q25, Q35.
 */
export async function signedRequest(
  parts: RequestParts,
  signer: Signer,
  { identity, onBehalfOf }: { readonly identity: SigningIdentity; readonly onBehalfOf: DomainName | undefined },
): Promise<Question> {
  const fields = requestFields(parts);
  const signature = await signer.sign({ fields, content: parts.content }, identity, { onBehalfOf });
  return { method: 'POST', fields: [...fields, signature], content: parts.content };
}

/** No blanks around commas in a field that is signed: peers differ in what they make of them. */
function requestFields(parts: RequestParts): readonly HttpField[] {
  const { itip, mediaType } = parts;
  return [
    ...(parts.authorization === undefined ? [] : [{ name: 'Authorization', value: parts.authorization }]),
    ...(parts.userAgent === undefined ? [] : [{ name: 'User-Agent', value: parts.userAgent }]),
    { name: 'Cache-Control', value: noCaching },
    { name: 'iSchedule-Version', value: protocolVersion },
    { name: 'iSchedule-Message-ID', value: parts.messageId },
    {
      name: 'Content-Type',
      value: `${mediaType}; component=${itip.componentType}; method=${itip.method}; charset=utf-8`,
    },
    { name: 'Originator', value: fieldFromText(parts.originator) },
    { name: 'Recipient', value: fieldFromText(parts.recipients.join(',')) },
  ];
}
