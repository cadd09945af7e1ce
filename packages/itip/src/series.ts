import { type Component, type Property, parameter, property, propertyValue } from '@isched/icalendar';
import { momentKey, momentOf, type ZonedCalendar } from './zoned.ts';

/** One component of a scheduling object, and where it stands in its calendar. */
export interface Member {
  readonly component: Component;
  /** Its place among the calendar's children. */
  readonly at: number;
  /** Absent: the series itself, or the only component there is. */
  readonly recurrenceId?: Property | undefined;
}

/** A scheduling object taken apart: the series and its changed instances. */
export interface Series {
  readonly zoned: ZonedCalendar;
  /** The component without RECURRENCE-ID. */
  readonly master?: Member | undefined;
  /** Each instance once. */
  readonly overrides: readonly Member[];
  /** The instances by their moment; this and the next two are worked out at the first need. */
  readonly byMoment: () => ReadonlyMap<string, Member>;
  /** The instances by the value of their RECURRENCE-ID; of two that differ in their zone only, one. */
  readonly byText: () => ReadonlyMap<string, Member>;
  /** The instances that speak for all later ones too. */
  readonly ranges: () => readonly Member[];
}

/**
 * Takes a scheduling object apart.
 *
 * @param within - its calendar.
 * @param type - VEVENT, VTODO or VJOURNAL.
 * @param uid - only components with this UID; absent: any.
 * @throws nothing.
 */
export function seriesOf(within: ZonedCalendar, type: string, uid?: string): Series {
  let master: Member | undefined;
  const overrides = new Map<string, Member>();
  within.calendar.children.forEach((child, at) => {
    if (child.kind !== 'component' || child.name !== type) return;
    if (uid !== undefined && propertyValue(child, 'UID')?.trim() !== uid) return;
    const recurrenceId = property(child, 'RECURRENCE-ID');
    if (!recurrenceId) master ??= { component: child, at };
    else if (!overrides.has(textKey(recurrenceId))) {
      overrides.set(textKey(recurrenceId), { component: child, at, recurrenceId });
    }
  });
  return makeSeries(within, master, [...overrides.values()]);
}

/** A series of its parts. @throws nothing. */
export function makeSeries(within: ZonedCalendar, master: Member | undefined, overrides: readonly Member[]): Series {
  return {
    zoned: within,
    master,
    overrides,
    byMoment: once(() => indexed(overrides, (line) => keyOfMoment(line, within))),
    byText: once(() => indexed(overrides, (line) => line.value.trim())),
    ranges: once(() => overrides.filter(({ recurrenceId }) => recurrenceId && isThisAndFuture(recurrenceId))),
  };
}

function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | undefined;
  return () => (done ??= { value: work() }).value;
}

function indexed(
  overrides: readonly Member[],
  keyOf: (recurrenceId: Property) => string | undefined,
): ReadonlyMap<string, Member> {
  return new Map(
    overrides.flatMap((member) => {
      const key = member.recurrenceId && keyOf(member.recurrenceId);
      return key === undefined ? [] : [[key, member] as const];
    }),
  );
}

function keyOfMoment(recurrenceId: Property, within: ZonedCalendar): string | undefined {
  const moment = momentOf(recurrenceId, within);
  return moment && momentKey(moment);
}

/** A RECURRENCE-ID as it is written, which needs no time zone. */
function textKey(recurrenceId: Property): string {
  return `${parameter(recurrenceId, 'TZID') ?? ''}:${recurrenceId.value.trim()}`;
}

/** The series first, then its instances. @throws nothing. */
export function membersOf(series: Series): readonly Member[] {
  return series.master ? [series.master, ...series.overrides] : series.overrides;
}

/**
 * The changed instance that a RECURRENCE-ID names, whether it is written in UTC or in a zone.
 *
 * @param wanted - the RECURRENCE-ID.
 * @param of - the calendar it stands in, which knows its zones.
 * @throws nothing.
 */
export function findOverride(series: Series, wanted: Property, of: ZonedCalendar): Member | undefined {
  if (series.overrides.length === 0) return undefined;
  const exact = series.byText().get(wanted.value.trim());
  if (exact?.recurrenceId && parameter(exact.recurrenceId, 'TZID') === parameter(wanted, 'TZID')) return exact;
  const moment = keyOfMoment(wanted, of);
  return moment === undefined ? undefined : series.byMoment().get(moment);
}

/** Says whether a RECURRENCE-ID means all later instances too. @throws nothing. */
export function isThisAndFuture(recurrenceId: Property): boolean {
  return parameter(recurrenceId, 'RANGE')?.toUpperCase() === 'THISANDFUTURE';
}

/**
 * The instances from one on, in no order.
 *
 * @param from - the RECURRENCE-ID of the first.
 * @param of - the calendar it stands in.
 * @throws nothing.
 */
export function overridesFrom(series: Series, from: Property, of: ZonedCalendar): readonly Member[] {
  const first = momentOf(from, of);
  if (!first) return [];
  return series.overrides.filter(({ recurrenceId }) => {
    const moment = recurrenceId && momentOf(recurrenceId, series.zoned);
    if (moment?.kind === 'instant') return first.kind === 'instant' && moment.at >= first.at;
    return moment !== undefined && first.kind === moment.kind && moment.text >= (first as { text: string }).text;
  });
}

/** The first ORGANIZER line of an object. @throws nothing. */
export function organizerLine(series: Series): Property | undefined {
  for (const { component } of membersOf(series)) {
    const line = property(component, 'ORGANIZER');
    if (line && line.value.trim() !== '') return line;
  }
  return undefined;
}
