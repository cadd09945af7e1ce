import { isIPv4, isIPv6 } from 'node:net';
import { type ZoneEntry, ZoneError, type ZoneToken, zoneEntries } from './zone-tokens.ts';

/** The data of one record. Names are lower case without a final dot; the root is `.`. */
export type ZoneData =
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: 'CNAME' | 'NS'; readonly target: string }
  | {
      readonly type: 'SRV';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  | { readonly type: 'TXT'; readonly strings: readonly string[] }
  | {
      readonly type: 'SOA';
      readonly mname: string;
      readonly rname: string;
      readonly serial: number;
      readonly refresh: number;
      readonly retry: number;
      readonly expire: number;
      readonly minimum: number;
    };

export type ZoneRecord = { readonly name: string; readonly ttlSeconds: number } & ZoneData;

/** A zone: the records of one name and of what lies below it. */
export interface Zone {
  readonly origin: string;
  readonly records: readonly ZoneRecord[];
}

interface Reading {
  origin: string;
  owner: string | undefined;
  defaultTtl: number;
}

type DataReader = (words: Words) => ZoneData;

const defaultTtlSeconds = 300;
const classes: readonly string[] = ['IN'];

/**
 * Reads a zone file: $ORIGIN and $TTL; A, AAAA, CNAME, NS, SOA, SRV and TXT records of class IN.
 *
 * @param text - the file; relative names end in the current origin.
 * @param origin - the origin until the file says otherwise, and the zone's name.
 * @throws ZoneError, with the line, for anything else.
 * @see RFC 1035 §5; RFC 2308 §4 ($TTL).
 */
export function parseZone(text: string, origin: string): Zone {
  const apex = absolute(origin);
  const reading: Reading = { origin: apex, owner: undefined, defaultTtl: defaultTtlSeconds };
  const records: ZoneRecord[] = [];
  for (const entry of zoneEntries(text)) {
    const record = readDirective(entry, reading) ? undefined : readRecord(entry, reading);
    if (record) records.push(record);
  }
  return { origin: apex, records };
}

function readDirective(entry: ZoneEntry, reading: Reading): boolean {
  const [first, value] = entry.tokens;
  if (!first || first.quoted || !first.text.startsWith('$')) return false;
  if (!value || entry.tokens.length !== 2) throw new ZoneError(`${first.text} takes one value`, entry.line);
  switch (first.text.toUpperCase()) {
    case '$ORIGIN':
      reading.origin = nameOf(value.text, reading.origin);
      return true;
    case '$TTL':
      reading.defaultTtl = readTtl(value.text) ?? failAt(entry, `${value.text} is no TTL`);
      return true;
    default:
      throw new ZoneError(`${first.text} is not supported`, entry.line);
  }
}

function readRecord(entry: ZoneEntry, reading: Reading): ZoneRecord {
  const words = new Words(entry, reading.origin);
  const owner = entry.continuesOwner ? reading.owner : words.name();
  if (owner === undefined) throw new ZoneError('the first record names no owner', entry.line);
  reading.owner = owner;
  const ttlSeconds = readTtlAndClass(words) ?? reading.defaultTtl;
  const type = words.word().toUpperCase();
  const read = Object.hasOwn(dataReaders, type) ? dataReaders[type] : undefined;
  if (!read) throw new ZoneError(`records of type ${type} are not supported`, entry.line);
  const data = read(words);
  words.end();
  return { name: owner, ttlSeconds, ...data };
}

/** TTL and class may both stand there, in either order. */
function readTtlAndClass(words: Words): number | undefined {
  let ttl: number | undefined;
  for (;;) {
    const next = words.peek();
    const nextTtl = next === undefined ? undefined : readTtl(next);
    if (nextTtl !== undefined) ttl = nextTtl;
    else if (next === undefined || !classes.includes(next.toUpperCase())) return ttl;
    words.word();
  }
}

const dataReaders: Readonly<Record<string, DataReader>> = {
  A: (words) => ({ type: 'A', address: words.matching(isIPv4, 'an IPv4 address') }),
  AAAA: (words) => ({ type: 'AAAA', address: words.matching(isIPv6, 'an IPv6 address') }),
  CNAME: (words) => ({ type: 'CNAME', target: words.name() }),
  NS: (words) => ({ type: 'NS', target: words.name() }),
  SRV: (words) => ({
    type: 'SRV',
    priority: words.number(),
    weight: words.number(),
    port: words.number(),
    target: words.name(),
  }),
  TXT: (words) => ({ type: 'TXT', strings: words.strings() }),
  SOA: (words) => ({
    type: 'SOA',
    mname: words.name(),
    rname: words.name(),
    serial: words.number(2 ** 32 - 1),
    refresh: words.duration(),
    retry: words.duration(),
    expire: words.duration(),
    minimum: words.duration(),
  }),
};

/** Takes the words of one entry, one after the other. */
class Words {
  readonly #entry: ZoneEntry;
  readonly #origin: string;
  #next = 0;

  constructor(entry: ZoneEntry, origin: string) {
    this.#entry = entry;
    this.#origin = origin;
  }

  peek(): string | undefined {
    const token = this.#entry.tokens[this.#next];
    return token?.quoted ? undefined : token?.text;
  }

  word(): string {
    return this.#take().text;
  }

  name(): string {
    return nameOf(this.word(), this.#origin);
  }

  number(max = 65_535): number {
    const text = this.matching((word) => /^\d+$/.test(word), 'a number');
    return Number(text) <= max ? Number(text) : failAt(this.#entry, `${text} is more than ${max}`);
  }

  duration(): number {
    const text = this.word();
    return readTtl(text) ?? failAt(this.#entry, `${text} is no time`);
  }

  matching(test: (text: string) => boolean, what: string): string {
    const text = this.word();
    return test(text) ? text : failAt(this.#entry, `${text} is not ${what}`);
  }

  strings(): readonly string[] {
    const strings = [this.word()];
    while (this.#next < this.#entry.tokens.length) strings.push(this.word());
    if (strings.some((text) => text.length > 255)) failAt(this.#entry, 'a string has more than 255 octets');
    return strings;
  }

  end(): void {
    if (this.#next < this.#entry.tokens.length) failAt(this.#entry, `${this.word()} is one word too many`);
  }

  #take(): ZoneToken {
    const token = this.#entry.tokens[this.#next];
    if (!token) throw new ZoneError('the entry ends too early', this.#entry.line);
    this.#next += 1;
    return token;
  }
}

function failAt(entry: ZoneEntry, message: string): never {
  throw new ZoneError(message, entry.line);
}

function nameOf(text: string, origin: string): string {
  if (text === '@') return origin;
  if (text.endsWith('.')) return absolute(text);
  return origin === '.' ? text.toLowerCase() : `${text.toLowerCase()}.${origin}`;
}

function absolute(text: string): string {
  const lower = text.toLowerCase();
  return lower === '.' || lower === '' ? '.' : lower.replace(/\.$/, '');
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** `3600`, or BIND's `1h30m`. */
function readTtl(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  if (!/^(\d+[smhdw])+$/i.test(text)) return undefined;
  return [...text.toLowerCase().matchAll(/(\d+)([smhdw])/g)]
    .map(([, amount, unit]) => Number(amount) * (unitSeconds[unit ?? ''] ?? 0))
    .reduce((total, seconds) => total + seconds, 0);
}
