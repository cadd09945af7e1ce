import {
  type Component,
  type DateValue,
  formatDateValue,
  formatUtc,
  mapChildren,
  type Property,
  parameter,
  property,
  withValue,
} from '@isched/icalendar';
import { epochMs } from '@isched/values';
import { addToWallClock } from './wall-clock.ts';
import { momentOf, momentOfText, readDate, type Moment, type ZonedCalendar } from './zoned.ts';

const msOfDay = 86_400_000;

/**
 * The series with nothing from one instance on.
 *
 * @param from - the RECURRENCE-ID of the first instance that goes, as the series writes it.
 * @returns undefined when nothing is left: the instance is the first.
 * @throws nothing.
 * @see RFC 5546 §3.2.5 option a.
 */
export function truncated(master: Component, within: ZonedCalendar, from: Property): Component | undefined {
  const first = momentOf(from, within);
  const start = property(master, 'DTSTART');
  const value = readDate(from.value.trim());
  if (!first || !start || !value) return master;
  const begin = momentOf(start, within);
  if (!begin || !isBefore(begin, first)) return undefined;
  const until = untilBefore(value, first);
  return mapChildren(master, (child) => {
    if (child.kind !== 'property') return child;
    if (child.name === 'RRULE') return withValue(child, endingAt(child.value, until));
    return child.name === 'RDATE' ? datesBefore(child, first, within) : child;
  });
}

/** UNTIL has the type of DTSTART, and is UTC where that has a zone. @see RFC 5545 §3.3.10. */
function untilBefore(value: DateValue, first: Moment): string {
  if (first.kind === 'instant') return formatUtc(epochMs(first.at - 1000));
  return formatDateValue(addToWallClock(value, value.kind === 'date' ? -msOfDay : -1000));
}

function endingAt(rule: string, until: string): string {
  const own = /(?:^|;)\s*UNTIL\s*=\s*([0-9TZ]+)/i.exec(rule)?.[1];
  if (own !== undefined && own.toUpperCase() <= until) return rule;
  const parts = rule.split(';').filter((part) => !/^\s*(UNTIL|COUNT)\s*=/i.test(part));
  return [...parts, `UNTIL=${until}`].join(';');
}

function datesBefore(line: Property, first: Moment, within: ZonedCalendar): Property | undefined {
  const tzid = parameter(line, 'TZID');
  const texts = line.value.split(',');
  const kept = texts.filter((text) => {
    const moment = momentOfText(text.trim().split('/')[0] ?? '', tzid, within);
    return moment === undefined || isBefore(moment, first);
  });
  if (kept.length === texts.length) return line;
  return kept.length === 0 ? undefined : withValue(line, kept.join(','));
}

/** Moments of different kinds can't be compared; then nothing is before. */
function isBefore(one: Moment, other: Moment): boolean {
  if (one.kind === 'instant') return other.kind === 'instant' && one.at < other.at;
  return one.kind === other.kind && one.text < (other as { readonly text: string }).text;
}
