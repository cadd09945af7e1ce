import type { EpochMs } from '@isched/values';
import { dayNumber, msOfDay } from '../civil.ts';
import { type Component, parameter, propertyValue, subcomponents } from '../component.ts';
import type { DateValue } from '../date-time.ts';
import { ICalendarError, quoted } from '../errors.ts';
import { unescapeText } from '../text.ts';
import { readDefinition } from './definitions.ts';
import type { EmbeddedZone } from './embedded-zone.ts';
import { ianaZone } from './iana-zone.ts';
import { fixedZone, type TimeZone, utcZone } from './time-zone.ts';
import { ianaNameOf, isFixedName, vendorZoneName } from './zone-names.ts';

/** The zones that the TZIDs of one calendar object mean. */
export interface Zones {
  readonly utc: TimeZone;
  /** @returns undefined when neither the calendar nor we know the name. @throws nothing. */
  zone(tzid: string): TimeZone | undefined;
  /** The zone in which floating times and days are read: an IANA or vendor's name, or a zone. @throws ICalendarError `unknown-zone`. */
  floating(defaultZone: TimeZone | string): TimeZone;
}

/** What to do about names nobody knows. */
export interface ZonesOptions {
  /** Stands in for every unknown zone; default: none, and whoever needs it refuses. */
  readonly fallback?: TimeZone | undefined;
}

/**
 * The zones of a calendar object. Which definition counts, when there are two:
 *
 * 1. A TZID that is an IANA name, or ends in one, means that zone, whatever VTIMEZONE stands in the object: embedded
 *    definitions are often stale or cover one year only. Unless the definition agrees with it at no time of the years
 *    that the object's dates lie in, or the name is of a fixed offset (`GMT`) and the definition isn't: then the name
 *    is but a label, and the definition counts.
 * 2. Any other TZID means its VTIMEZONE.
 * 3. Without a (readable) definition vendors' names are understood, Windows' and Outlook's, and bare offsets.
 *
 * @param calendar - the VCALENDAR; absent: names only.
 * @throws nothing; a definition that can't be read counts as none.
 * @see RFC 5545 §3.2.19, §3.6.5; docs/decisions/0021.
 */
export function zonesOf(calendar: Component | undefined, options: ZonesOptions = {}): Zones {
  const known = new Map<string, TimeZone | undefined>();
  const zones: Zones = {
    utc: utcZone,
    zone(tzid) {
      if (!known.has(tzid)) {
        const found = known.size < maxZones ? resolve(calendar, tzid) : undefined;
        known.set(tzid, found ?? options.fallback);
      }
      return known.get(tzid);
    },
    floating(defaultZone) {
      const zone = typeof defaultZone === 'string' ? zones.zone(defaultZone) : defaultZone;
      if (zone === undefined) throw unknownZone(typeof defaultZone === 'string' ? defaultZone : defaultZone.id);
      return zone;
    },
  };
  return zones;
}

// A person's whole calendar has some dozen; each costs up to a millisecond.
const maxZones = 250;

/** A date or time and the zone of its wall clock, as `readDates` answers them. */
export interface ZonedValue<T = DateValue> {
  readonly value: T;
  readonly tzid?: string | undefined;
}

/**
 * The zone in which a value is read: UTC, its TZID's, or for floating times and days the default.
 *
 * @throws ICalendarError `unknown-zone`.
 */
export function zoneOfValue({ value, tzid }: ZonedValue, zones: Zones, defaultZone: TimeZone): TimeZone {
  if (value.kind === 'date-time' && value.utc) return zones.utc;
  if (tzid === undefined || value.kind === 'date') return defaultZone;
  const zone = zones.zone(tzid);
  if (zone === undefined) throw unknownZone(tzid);
  return zone;
}

/** The point in time of a value. @throws ICalendarError `unknown-zone`. */
export function epochOf(date: ZonedValue, zones: Zones, defaultZone: TimeZone): EpochMs {
  return zoneOfValue(date, zones, defaultZone).toEpoch(date.value);
}

function unknownZone(tzid: string): ICalendarError {
  return new ICalendarError('unknown-zone', `unknown time zone: ${quoted(tzid)}`);
}

function resolve(calendar: Component | undefined, tzid: string): TimeZone | undefined {
  const definition = calendar && definitionOf(calendar, tzid);
  const ianaName = ianaNameOf(tzid) ?? (definition && ianaNameOf(propertyValue(definition, 'X-LIC-LOCATION') ?? ''));
  const iana = ianaName === undefined ? undefined : ianaZone(ianaName);
  const embedded = definition && readDefinition(definition);
  if (iana && embedded && calendar) {
    return contradicts(embedded, iana, yearsOf(calendar, tzid)) ? embedded : { ...iana, id: tzid };
  }
  if (iana) return { ...iana, id: tzid };
  if (embedded) return embedded;
  const vendor = ianaZone(vendorZoneName(tzid) ?? '');
  return vendor ? { ...vendor, id: tzid } : zoneOfOffset(tzid);
}

/** `(GMT +01:00)`, `UTC+2`, `-0500`. */
function zoneOfOffset(tzid: string): TimeZone | undefined {
  const match = /^\(?(?:UTC|GMT)? ?([+-])(\d\d?)(?::?([0-5]\d))?\)?$/i.exec(tzid);
  if (match === null || Number(match[2]) > 14) return undefined;
  const seconds = Number(match[2]) * 3_600 + Number(match[3] ?? 0) * 60;
  return fixedZone(tzid, match[1] === '-' ? -seconds : seconds);
}

function definitionOf(calendar: Component, tzid: string): Component | undefined {
  return subcomponents(calendar, 'VTIMEZONE').find((definition) => {
    const name = propertyValue(definition, 'TZID')?.trim();
    // TZID is a TEXT in the definition and a plain parameter where it is used.
    return name !== undefined && (name === tzid || unescapeText(name) === tzid);
  });
}

function contradicts(embedded: EmbeddedZone, iana: TimeZone, years: readonly number[]): boolean {
  const samples = years.flatMap(middlesOfMonths).filter((instant) => instant >= embedded.definedFrom);
  const agrees = (instant: EpochMs): boolean => embedded.localOfEpoch(instant) === iana.localOfEpoch(instant);
  if (samples.length === 0) return false;
  return isFixedName(iana.ianaName ?? '') ? !samples.every(agrees) : !samples.some(agrees);
}

function middlesOfMonths(year: number): readonly EpochMs[] {
  return Array.from({ length: 12 }, (_, index) => (dayNumber(year, index + 1, 15) * msOfDay) as EpochMs);
}

const maxYears = 10;

/** The years of the dates that stand in a zone. */
function yearsOf(calendar: Component, tzid: string): readonly number[] {
  const years = new Set<number>();
  for (const component of subcomponents(calendar)) {
    for (const child of component.children) {
      if (child.kind !== 'property' || child.parameters.length === 0 || parameter(child, 'TZID') !== tzid) continue;
      const year = Number(child.value.slice(0, 4));
      if (year > 0 && years.size < maxYears) years.add(year);
    }
  }
  return [...years];
}
