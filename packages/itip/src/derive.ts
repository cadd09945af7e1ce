import {
  type Component,
  type ComponentChild,
  type DateValue,
  formatDateValue,
  mapChildren,
  type Property,
  parameter,
  property,
  utcDateTime,
  withChildren,
  withParameter,
} from '@isched/icalendar';
import type { EpochMs } from '@isched/values';
import { type Member, type Series } from './series.ts';
import { addToWallClock, wallClockMs } from './wall-clock.ts';
import { momentOf, readDate, type ZonedCalendar, zoneOf } from './zoned.ts';

/** What of a series is not of its single instances. */
const seriesOnly = new Set(['RRULE', 'RDATE', 'EXDATE', 'EXRULE']);

/** A RECURRENCE-ID, and the calendar it stands in. */
export interface PlacedLine {
  readonly line: Property;
  readonly within: ZonedCalendar;
}

/**
 * The RECURRENCE-ID of an instance as its series would write it: in the zone of its DTSTART.
 *
 * @param master - the series.
 * @param within - its calendar.
 * @param wanted - the RECURRENCE-ID as somebody else wrote it.
 * @throws nothing; what cannot be converted stays as it is.
 */
export function recurrenceIdFor(master: Component, within: ZonedCalendar, wanted: PlacedLine): Property {
  const value = instanceValue(master, within, wanted);
  if (value !== undefined) return recurrenceIdAt(master, value);
  return { ...withParameter(wanted.line, 'RANGE', undefined), name: 'RECURRENCE-ID' };
}

/** The RECURRENCE-ID of an instance whose start is known, as the series' DTSTART is written. @throws nothing. */
export function recurrenceIdAt(master: Component, value: DateValue): Property {
  return { ...lineLike(master, value), name: 'RECURRENCE-ID' };
}

/** The start of an instance, written as the series writes its own. */
function instanceValue(master: Component, within: ZonedCalendar, wanted: PlacedLine): DateValue | undefined {
  const start = property(master, 'DTSTART');
  const series = start && readDate(start.value.trim());
  const own = readDate(wanted.line.value.trim());
  if (!start || !series || !own) return undefined;
  if (series.kind === 'date') return { kind: 'date', year: own.year, month: own.month, day: own.day };
  if (own.kind === 'date') return { ...series, year: own.year, month: own.month, day: own.day };
  const tzid = parameter(start, 'TZID');
  const moment = momentOf(wanted.line, wanted.within);
  if (moment?.kind !== 'instant') return series.utc ? undefined : { ...own, utc: false };
  if (series.utc) return utcDateTime(moment.at as EpochMs);
  const zone = tzid === undefined ? undefined : zoneOf(tzid, within);
  return zone ? { ...zone.toLocal(moment.at as EpochMs), utc: false } : undefined;
}

/** DTSTART of the series with another value. */
function lineLike(master: Component, value: DateValue): Property {
  const start = property(master, 'DTSTART') as Property;
  return { ...start, value: formatDateValue(value), source: undefined };
}

/**
 * One instance of a series, as the series says it is: start and end moved to the instance, rule and dates left out.
 *
 * @param master - the series.
 * @param recurrenceId - the instance, written as `recurrenceIdFor` does.
 * @throws nothing.
 */
export function deriveInstance(master: Component, recurrenceId: Property): Component {
  const children = master.children.flatMap((child): readonly ComponentChild[] => {
    if (child.kind === 'component') return [child];
    if (seriesOnly.has(child.name)) return [];
    if (child.name === 'DTSTART') return [{ ...recurrenceId, name: 'DTSTART' }];
    if (child.name === 'DTEND' || child.name === 'DUE') return [endOf(master, child, recurrenceId)];
    return [child];
  });
  const at = children.findLastIndex((child) => child.kind === 'property' && child.name === 'DTSTART');
  return withChildren(master, children.toSpliced(at + 1, 0, { ...recurrenceId, source: undefined }));
}

/**
 * One instance of a series, as the series says it is: by the last component before it that speaks for all that follow,
 * else by the series itself.
 *
 * @param series - with its master.
 * @param recurrenceId - the instance, written as `recurrenceIdFor` does.
 * @throws nothing.
 * @see RFC 5545 §3.8.4.4 (RANGE).
 */
export function instanceOfSeries(series: Series, recurrenceId: Property): Component {
  const master = (series.master as Member).component;
  const spoken = lastBefore(series, recurrenceId);
  return spoken ? shiftedInstance(spoken, recurrenceId) : deriveInstance(master, recurrenceId);
}

/**
 * A component without the notes on when which attendee answered: those are about the series, and an answer for the
 * instance is ordered by itself.
 *
 * @throws nothing.
 * @see RFC 5546 §2.1.5 rule 3.
 */
export function withoutAnswerNotes(component: Component): Component {
  return mapChildren(component, (child) =>
    child.kind === 'property' && child.name === 'ATTENDEE'
      ? withParameter(withParameter(child, 'X-DTSTAMP', undefined), 'X-SEQUENCE', undefined)
      : child,
  );
}

/** The last component with RANGE=THISANDFUTURE that is not after an instance. */
function lastBefore({ ranges: known, zoned }: Series, recurrenceId: Property): Member | undefined {
  const ranges = known();
  if (ranges.length === 0) return undefined;
  const at = momentOrder(recurrenceId, zoned);
  return ranges
    .filter((member) => momentOrder(member.recurrenceId as Property, zoned) <= at)
    .toSorted(
      (one, other) =>
        momentOrder(one.recurrenceId as Property, zoned) - momentOrder(other.recurrenceId as Property, zoned),
    )
    .at(-1);
}

function momentOrder(line: Property, within: ZonedCalendar): number {
  const moment = momentOf(line, within);
  if (moment?.kind === 'instant') return moment.at;
  const value = readDate(line.value.trim());
  return value ? wallClockMs(value) : Number.NaN;
}

/** The component moved, on the wall clock, from its own instance to another. */
function shiftedInstance({ component, recurrenceId }: Member, to: Property): Component {
  const from = readDate((recurrenceId as Property).value.trim());
  const target = readDate(to.value.trim());
  const ms = from && target ? wallClockMs(target) - wallClockMs(from) : 0;
  return withChildren(
    component,
    component.children.map((child) => {
      if (child.kind === 'component') return child;
      if (child.name === 'RECURRENCE-ID') return { ...to, source: undefined };
      if (child.name !== 'DTSTART' && child.name !== 'DTEND' && child.name !== 'DUE') return child;
      const value = readDate(child.value.trim());
      return value ? { ...child, value: formatDateValue(addToWallClock(value, ms)), source: undefined } : child;
    }),
  );
}

/** The end, as far from the instance's start on the wall clock as the series' end is from its start. */
function endOf(master: Component, end: Property, recurrenceId: Property): Property {
  const first = readDate(property(master, 'DTSTART')?.value.trim() ?? '');
  const last = readDate(end.value.trim());
  const start = readDate(recurrenceId.value.trim());
  if (!first || !last || !start) return end;
  const shifted = addToWallClock(last, wallClockMs(start) - wallClockMs(first));
  return { ...end, value: formatDateValue(shifted), source: undefined };
}
