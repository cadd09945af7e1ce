import { isIP } from 'node:net';
import { type DomainName, parseDomainName } from '@isched/values';
import { FetchError, type FetchRequest } from './fetch.ts';
import type { HttpField } from './http.ts';

/** A URL that may be asked. */
export interface FetchTarget {
  /** `https://host` or `https://host:port`. */
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly host:
    | { readonly type: 'name'; readonly name: DomainName }
    | { readonly type: 'address'; readonly address: string };
}

const maxUrlLength = 8_192;

/**
 * Ports where other protocols listen: a request sent there could be read as commands of another protocol.
 *
 * @see Fetch Standard, "bad port".
 */
const otherProtocolsPorts: readonly number[] = [
  7, 9, 13, 19, 21, 22, 23, 25, 37, 42, 43, 53, 69, 79, 110, 111, 113, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427,
  465, 512, 513, 514, 515, 526, 530, 532, 540, 548, 554, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4190, 5060, 5061, 6000, 6566, 6697, 10080,
];

/** Fields that belong to the connection, or that are written for every request. */
const ownFields: readonly string[] = [
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/**
 * Reads the URL of a request.
 *
 * @throws FetchError `url-forbidden` when it is no https URL, is very long, has credentials, a host that is no host, or
 *   another protocol's port.
 */
export function readTarget(text: string): FetchTarget {
  const url = text.length <= maxUrlLength ? URL.parse(text) : null;
  if (!url) throw forbidden('it is no URL');
  if (url.protocol !== 'https:') throw forbidden('it is not https');
  if (url.username !== '' || url.password !== '') throw forbidden('it has credentials');
  const port = url.port === '' ? 443 : Number(url.port);
  if (port === 0 || otherProtocolsPorts.includes(port)) throw forbidden(`port ${port} is another protocol's`);
  const host = readHost(url.hostname);
  // A name's final dot is no part of it in a certificate, in Host and in TLS's server name.
  const authority = host.type === 'name' ? `${host.name}${url.port === '' ? '' : `:${url.port}`}` : url.host;
  return { origin: `https://${authority}`, path: `${url.pathname}${url.search}`, host };
}

function readHost(hostname: string): FetchTarget['host'] {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0) return { type: 'address', address };
  try {
    return { type: 'name', name: parseDomainName(hostname) };
  } catch (cause) {
    throw forbidden('its host is no host name', { cause });
  }
}

function forbidden(why: string, options?: ErrorOptions): FetchError {
  return new FetchError('url-forbidden', `the URL can't be asked: ${why}`, options);
}

/**
 * The request's fields as undici takes them: names and values in turn. No content coding is asked for.
 *
 * @throws TypeError for a field that is malformed or not the caller's to write: our mistake, never the peer's.
 */
export function writeFields(request: FetchRequest): string[] {
  return [...request.fields.map(checkField), { name: 'Accept-Encoding', value: 'identity' }].flatMap((field) => [
    field.name,
    field.value,
  ]);
}

function checkField(field: HttpField): HttpField {
  const name = field.name.toLowerCase();
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) || ownFields.includes(name)) {
    throw new TypeError(`not a field to send: ${JSON.stringify(field.name)}`);
  }
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(field.value)) throw new TypeError(`not a value to send: field ${field.name}`);
  return field;
}
