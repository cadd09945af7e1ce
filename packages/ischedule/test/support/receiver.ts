import type { Verifier } from '@isched/doseta';
import { requestStatus } from '@isched/itip';
import { ContentTooLong, fieldValue, type HttpField, type HttpRequest, type HttpResponse } from '@isched/runtime';
import { createFakeClock, createZoneDns, type FakeClock, type ZoneDns } from '@isched/testkit';
import { octetsFromText } from '@isched/values';
import { type OwnCapabilitiesOptions, ownCapabilities } from '../../src/capabilities/capabilities.ts';
import type { AuthenticatedMessage, Deliver } from '../../src/message.ts';
import type { ReceiverEvent } from '../../src/receiver/events.ts';
import type { ReceiverDeps, ReceiverOptions } from '../../src/receiver/options.ts';
import { createReceiver } from '../../src/receiver/receiver.ts';
import { parseXml } from '../../src/wire/xml.ts';
import { calendarText, type MessageText } from './messages.ts';
import { signed, verifierFor } from './signing.ts';

export interface Asking {
  readonly method?: string;
  readonly target?: string;
  readonly fields?: readonly HttpField[];
  /** An error is thrown when it is read. */
  readonly content?: string | Uint8Array | Error;
  readonly remoteAddress?: string;
}

export interface World {
  readonly clock: FakeClock;
  readonly dns: ZoneDns;
  /** What was delivered, in order. */
  readonly delivered: AuthenticatedMessage[];
  readonly events: ReceiverEvent[];
  /** How often a content was asked for: 100 Continue would have gone out. */
  readonly contentsRead: () => number;
  ask(asking: Asking): Promise<HttpResponse>;
  /** Asks with a signed message; `change` is done to it on the way. */
  post(text: MessageText | string, post?: Posting): Promise<HttpResponse>;
}

export interface Posting {
  readonly originator?: string;
  readonly recipients?: readonly string[];
  readonly domain?: string;
  readonly onBehalfOf?: string;
  readonly contentType?: string;
  readonly more?: readonly HttpField[];
  readonly change?: (asking: { readonly fields: readonly HttpField[]; readonly content: Uint8Array }) => Asking;
}

export interface WorldOptions {
  readonly deliver?: Deliver;
  readonly deps?: Partial<ReceiverDeps>;
  readonly options?: ReceiverOptions;
  readonly capabilities?: Partial<OwnCapabilitiesOptions>;
  readonly verifier?: Verifier;
  /** TXT and other records. */
  readonly zones?: Readonly<Record<string, string>>;
  readonly allow?: (signing: string, originator: string) => boolean;
}

/** A receiver that knows the key of example.com, and stores for everybody. */
export function receiverWorld({
  deliver,
  deps,
  options,
  capabilities,
  verifier,
  zones,
  allow,
}: WorldOptions = {}): World {
  const clock = createFakeClock();
  const dns = createZoneDns(zones);
  const delivered: AuthenticatedMessage[] = [];
  const events: ReceiverEvent[] = [];
  let contentsRead = 0;
  const own = ownCapabilities({ serialNumber: 7, administrator: 'mailto:admin@example.org', ...capabilities });
  const store: Deliver = async ({ recipients }) =>
    recipients.map(() => ({ requestStatus: requestStatus('2.0'), reason: 'stored', replies: [] }));
  const receiver = createReceiver(
    {
      capabilities: { current: () => own },
      verifier: verifier ?? verifierFor(clock, 'example.com', 'other.example'),
      alignment: { dns, allow: allow ?? (() => false) },
      deliver: async (message, abortable) => {
        delivered.push(message);
        return (deliver ?? store)(message, abortable);
      },
      observe: (event) => events.push(event),
      ...deps,
    },
    options,
  );
  const ask = (asking: Asking): Promise<HttpResponse> => {
    const content =
      typeof asking.content === 'string' ? octetsFromText(asking.content) : (asking.content ?? new Uint8Array());
    const request: HttpRequest = {
      method: asking.method ?? 'POST',
      target: asking.target ?? '/.well-known/ischedule',
      fields: asking.fields ?? [],
      remoteAddress: asking.remoteAddress,
      readContent: async (maxOctets) => {
        contentsRead += 1;
        if (content instanceof Error) throw content;
        if (content.length > maxOctets) throw new ContentTooLong('too long');
        return content;
      },
    };
    return receiver.handle(request);
  };
  return {
    clock,
    dns,
    delivered,
    events,
    contentsRead: () => contentsRead,
    ask,
    async post(text, posting = {}) {
      const content = octetsFromText(typeof text === 'string' ? text : calendarText(text));
      const fields = await signed(fieldsOf(posting), content, {
        clock,
        domain: posting.domain ?? 'example.com',
        onBehalfOf: posting.onBehalfOf,
      });
      return ask(posting.change?.({ fields, content }) ?? { fields, content });
    },
  };
}

export function fieldsOf(posting: Posting = {}): readonly HttpField[] {
  return [
    { name: 'iSchedule-Version', value: ' 1.0' },
    { name: 'iSchedule-Message-ID', value: ' m-1' },
    {
      name: 'Content-Type',
      value: ` ${posting.contentType ?? 'text/calendar; component=VEVENT; method=REQUEST; charset=utf-8'}`,
    },
    { name: 'Originator', value: ` ${posting.originator ?? 'mailto:bernard@example.com'}` },
    ...(posting.recipients ?? ['mailto:cyrus@example.org']).map((value) => ({ name: 'Recipient', value: ` ${value}` })),
    ...(posting.more ?? []),
  ];
}

export function textOf(response: HttpResponse): string {
  return Buffer.from(response.content).toString('utf8');
}

/** The code in an error document, `none` where it has none; `undefined` where it is no error document. */
export function faultOf(response: HttpResponse): string | undefined {
  const root = parseXml(textOf(response));
  if (root.name !== 'error' || root.namespace !== 'urn:ietf:params:xml:ns:ischedule') return undefined;
  if (!root.children.at(-1)?.text || root.children.at(-1)?.name !== 'response-description') return undefined;
  return root.children.length === 1 ? 'none' : root.children[0]?.name;
}

/** Says that the domain of the Originator has signed. */
export const trustingVerifier: Verifier = {
  async verify({ fields }) {
    const domain = fieldValue(fields, 'Originator')?.split('@')[1] ?? 'none.example';
    const key = { source: 'dns/txt', bits: 2048, testing: false, strictDomain: false, record: '' } as const;
    return { status: 'pass', quirks: [], key, signature: { signingDomain: domain } as never };
  },
};
