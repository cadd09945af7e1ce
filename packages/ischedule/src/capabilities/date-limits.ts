import { type Component, properties } from '@isched/icalendar';
import type { ItipMessage } from '@isched/itip';
import type { EpochMs } from '@isched/values';
import type { Breach } from '../message-rules.ts';
import { utcFromCivil } from '../wire/http-date.ts';
import type { Capabilities } from './capabilities.ts';

type DateLimits = Pick<Capabilities, 'minDateTime' | 'maxDateTime'>;

/** Properties that say when something is. Stamps, EXDATE and UNTIL are no dates of the object. */
const dateProperties = ['DTSTART', 'DTEND', 'DUE', 'RECURRENCE-ID', 'RDATE', 'FREEBUSY'];

/** No zone is further from UTC. */
const zoneLeewayMs = 14 * 3_600_000;

/**
 * Checks the dates that stand in an object; those of VTIMEZONEs don't count. A local time is outside only where it is so in
 * every zone. What is no date is not judged here.
 *
 * @throws nothing.
 * @see iSchedule digest §2.
 */
export function checkPropertyDates(itip: ItipMessage, limits: DateLimits): Breach | undefined {
  if (limits.minDateTime === undefined && limits.maxDateTime === undefined) return undefined;
  for (const component of itip.components) {
    const breach = checkComponent(component, limits);
    if (breach) return breach;
  }
  return undefined;
}

/** Checks a point in time, give or take. @throws nothing. */
export function checkInstant(instant: number, limits: DateLimits, leewayMs = 0): Breach | undefined {
  const { minDateTime, maxDateTime } = limits;
  if (minDateTime !== undefined && instant + leewayMs < minDateTime) {
    return { fault: 'min-date-time', description: 'A date is earlier than min-date-time.' };
  }
  if (maxDateTime !== undefined && instant - leewayMs > maxDateTime) {
    return { fault: 'max-date-time', description: 'A date is later than max-date-time.' };
  }
  return undefined;
}

function checkComponent(component: Component, limits: DateLimits): Breach | undefined {
  for (const { name, value } of properties(component)) {
    if (!dateProperties.includes(name)) continue;
    for (const text of value.split(/[,/]/)) {
      const date = readDate(text.trim());
      const breach = date && checkInstant(date.instant, limits, date.utc ? 0 : zoneLeewayMs);
      if (breach) return breach;
    }
  }
  return undefined;
}

const datePattern = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/;

function readDate(text: string): { readonly instant: EpochMs; readonly utc: boolean } | undefined {
  const match = datePattern.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((digits) => Number(digits ?? 0));
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  return { instant: utcFromCivil({ year, month, day, hour, minute, second }), utc: match[7] === 'Z' };
}
