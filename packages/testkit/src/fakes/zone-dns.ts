import { lookupInZones, parseZone, type Zone, type ZoneData, type ZoneRecord } from '@isched/lab';
import { type Dns, type DnsAnswer, DnsUnavailable, type IpAddress, type Srv } from '@isched/runtime';
import type { Abortable, DomainName } from '@isched/values';

type Method = keyof Dns;

/** A name system that consists of zone texts. */
export interface ZoneDns extends Dns {
  /** What was asked, in order: `srv _ischedules._tcp.example.com`. */
  readonly questions: readonly string[];
  /** From now on this name can't be asked for, by one method or (default) by any, until `heal`. */
  fail(name: string, method?: Method): void;
  heal(name: string, method?: Method): void;
  /** Puts a zone in place of the one with this origin, or beside the others. */
  setZone(origin: string, text: string): void;
}

/**
 * Makes a name system from zone texts. Names that no zone knows do not exist.
 *
 * @param zones - zone texts by origin, or one text whose names are absolute or follow `$ORIGIN`.
 * @throws ZoneError when a text can't be read.
 */
export function createZoneDns(zones: Readonly<Record<string, string>> | string = {}): ZoneDns {
  const parsed = new Map<string, Zone>();
  const failing = new Set<string>();
  const questions: string[] = [];
  const setZone = (origin: string, text: string): void => void parsed.set(origin, parseZone(text, origin));
  for (const [origin, text] of Object.entries(typeof zones === 'string' ? { '.': zones } : zones)) {
    setZone(origin, text);
  }
  const ask = (method: Method, name: DomainName, options: Abortable = {}): void => {
    options.signal?.throwIfAborted();
    questions.push(`${method} ${name}`);
    if (failing.has(name) || failing.has(`${method} ${name}`)) throw new DnsUnavailable(`${name}: made to fail`);
  };
  const lookup = (name: DomainName, type: ZoneData['type']): DnsAnswer<ZoneRecord> =>
    readZones([...parsed.values()], name, type);
  return {
    questions,
    fail: (name, method) => void failing.add(failureKey(name, method)),
    heal: (name, method) => void failing.delete(failureKey(name, method)),
    setZone,
    async addresses(name, options) {
      ask('addresses', name, options);
      return joinFamilies(lookup(name, 'A'), lookup(name, 'AAAA'));
    },
    async txt(name, options) {
      ask('txt', name, options);
      const { records, ttlSeconds } = lookup(name, 'TXT');
      return { records: records.flatMap((record) => (record.type === 'TXT' ? [record.strings] : [])), ttlSeconds };
    },
    async srv(name, options) {
      ask('srv', name, options);
      const { records, ttlSeconds } = lookup(name, 'SRV');
      return { records: records.flatMap(srvOf), ttlSeconds };
    },
  };
}

function failureKey(name: string, method: Method | undefined): string {
  return method === undefined ? name : `${method} ${name}`;
}

function readZones(zones: readonly Zone[], name: DomainName, type: ZoneData['type']): DnsAnswer<ZoneRecord> {
  const { answers, authorities } = lookupInZones(zones, name, type);
  const records = answers.filter((record) => record.type === type);
  // Aliases that lead nowhere and are not denied: a loop.
  if (records.length === 0 && authorities.length === 0) throw new DnsUnavailable(`${name}: too many aliases`);
  const lives = [...answers.map((record) => record.ttlSeconds), ...authorities.map(negativeLife)];
  return { records, ttlSeconds: Math.min(...lives) };
}

function negativeLife(record: ZoneRecord): number {
  return record.type === 'SOA' ? Math.min(record.ttlSeconds, record.minimum) : record.ttlSeconds;
}

function joinFamilies(v4: DnsAnswer<ZoneRecord>, v6: DnsAnswer<ZoneRecord>): DnsAnswer<IpAddress> {
  const withRecords = [v4, v6].filter(({ records }) => records.length > 0);
  const decisive = withRecords.length > 0 ? withRecords : [v4, v6];
  return {
    records: decisive.flatMap(({ records }) => records.flatMap(addressOf)),
    ttlSeconds: Math.min(...decisive.map(({ ttlSeconds }) => ttlSeconds)),
  };
}

function addressOf(record: ZoneRecord): readonly IpAddress[] {
  return record.type === 'A' || record.type === 'AAAA' ? [record.address as IpAddress] : [];
}

function srvOf(record: ZoneRecord): readonly Srv[] {
  if (record.type !== 'SRV') return [];
  const { priority, weight, port, target } = record;
  return [{ priority, weight, port, target: target as DomainName | '.' }];
}
