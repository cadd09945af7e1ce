import type { Zone, ZoneRecord } from './zone.ts';

/** What the zones say about a question. */
export interface ZoneAnswer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN';
  /** Aliases on the way, then the records asked for. */
  readonly answers: readonly ZoneRecord[];
  /** The zone's SOA where the answer is negative. */
  readonly authorities: readonly ZoneRecord[];
}

const maxAliases = 16;
const negativeTtlSeconds = 60;

/**
 * Looks a question up in zones that lie under one empty root: a name that no zone knows does not exist. Aliases are
 * followed from zone to zone.
 *
 * @throws nothing; a loop of aliases is answered with the aliases alone.
 * @see RFC 1034 §4.3.2; RFC 2308 §2.
 */
export function lookupInZones(zones: readonly Zone[], name: string, type: string): ZoneAnswer {
  const aliases: ZoneRecord[] = [];
  let current = name.toLowerCase();
  for (;;) {
    const records = recordsAt(zones, current);
    const wanted = records.filter((record) => record.type === type);
    if (wanted.length > 0) return { rcode: 'NOERROR', answers: [...aliases, ...wanted], authorities: [] };
    const alias = records.find((record) => record.type === 'CNAME');
    if (alias?.type !== 'CNAME') return negative(zones, current, aliases);
    aliases.push(alias);
    if (aliases.length === maxAliases) return { rcode: 'NOERROR', answers: aliases, authorities: [] };
    current = alias.target;
  }
}

function recordsAt(zones: readonly Zone[], name: string): readonly ZoneRecord[] {
  return (zoneOf(zones, name)?.records ?? []).filter((record) => record.name === name);
}

function negative(zones: readonly Zone[], name: string, aliases: readonly ZoneRecord[]): ZoneAnswer {
  const zone = zoneOf(zones, name);
  // A name with something below it exists, though it has no records of its own.
  const exists = (zone?.records ?? []).some((record) => record.name === name || record.name.endsWith(`.${name}`));
  return { rcode: exists ? 'NOERROR' : 'NXDOMAIN', answers: aliases, authorities: [soaOf(zone, name)] };
}

/** The zone with the longest name that the name lies in. */
function zoneOf(zones: readonly Zone[], name: string): Zone | undefined {
  return zones
    .filter(({ origin }) => isIn(name, origin))
    .toSorted((left, right) => right.origin.length - left.origin.length)[0];
}

/** A text may hold several zones, each with its SOA: the nearest one above the name counts. */
function soaOf(zone: Zone | undefined, name: string): ZoneRecord {
  const soa = (zone?.records ?? [])
    .filter((record) => record.type === 'SOA' && isIn(name, record.name))
    .toSorted((left, right) => right.name.length - left.name.length)[0];
  return soa ?? { ...defaultSoa, name: zone?.origin ?? '.' };
}

function isIn(name: string, zone: string): boolean {
  return zone === '.' || name === zone || name.endsWith(`.${zone}`);
}

const defaultSoa = {
  type: 'SOA',
  ttlSeconds: negativeTtlSeconds,
  mname: 'ns.invalid',
  rname: 'hostmaster.invalid',
  serial: 1,
  refresh: 3_600,
  retry: 600,
  expire: 86_400,
  minimum: negativeTtlSeconds,
} as const;
