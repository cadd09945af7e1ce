import {
  type Component,
  type DateValue,
  ICalendarError,
  parseDateValue,
  properties,
  type Property,
} from '@isched/icalendar';
import type { ItipMessage } from '@isched/itip';
import type { Breach } from '../message-rules.ts';
import { utcFromCivil } from '../wire/http-date.ts';
import type { Capabilities } from './capabilities.ts';

type DateLimits = Pick<Capabilities, 'minDateTime' | 'maxDateTime'>;

/** Properties that say when something is. Stamps, EXDATE and UNTIL are no dates of the object. */
const dateProperties: ReadonlySet<string> = new Set(['DTSTART', 'DTEND', 'DUE', 'RECURRENCE-ID', 'RDATE', 'FREEBUSY']);

/** No zone is further from UTC. */
export const zoneLeewayMs = 14 * 3_600_000;

/**
 * Checks the dates that stand in an object: that they are dates, and within the limits; those of VTIMEZONEs don't count. A
 * local time is outside only where it is so in every zone.
 *
 * @throws nothing.
 * @see iSchedule digest §2.
 */
export function checkPropertyDates(itip: ItipMessage, limits: DateLimits): Breach | undefined {
  for (const component of itip.components) {
    const breach = checkComponent(component, limits);
    if (breach) return breach;
  }
  return undefined;
}

/** Checks a point in time, give or take. @throws nothing. */
export function checkInstant(
  instant: number,
  { minDateTime, maxDateTime }: DateLimits,
  leewayMs = 0,
): Breach | undefined {
  if (minDateTime !== undefined && instant + leewayMs < minDateTime) {
    return { fault: 'min-date-time', description: 'A date is earlier than min-date-time.' };
  }
  if (maxDateTime !== undefined && instant - leewayMs > maxDateTime) {
    return { fault: 'max-date-time', description: 'A date is later than max-date-time.' };
  }
  return undefined;
}

function checkComponent(component: Component, limits: DateLimits): Breach | undefined {
  for (const property of properties(component)) {
    const breach = dateProperties.has(property.name) ? checkDates(property, limits) : undefined;
    if (breach) return breach;
  }
  return undefined;
}

function checkDates({ name, value }: Property, limits: DateLimits): Breach | undefined {
  try {
    for (const text of value.split(/[,/]/)) {
      const trimmed = text.trim();
      if (/^[+-]?P/.test(trimmed)) continue; // the duration of a period
      const date = parseDateValue(trimmed);
      const breach = checkInstant(asIfUtc(date), limits, date.kind === 'date-time' && date.utc ? 0 : zoneLeewayMs);
      if (breach) return breach;
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    return { fault: 'invalid-calendar-data', description: `${name} is not a date.` };
  }
}

function asIfUtc(date: DateValue): number {
  return utcFromCivil(date.kind === 'date' ? { ...date, hour: 0, minute: 0, second: 0 } : date);
}
