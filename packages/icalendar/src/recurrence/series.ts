import { type Component, parameter, properties, property, propertyValue } from '../component.ts';
import { type DateValue, type Period, readDates, readDateValue } from '../date-time.ts';
import { type Duration, parseDuration } from '../duration.ts';
import { ICalendarError } from '../errors.ts';
import type { ZonedValue } from '../zones/zones.ts';
import { parseRecurrenceRule, type RecurrenceRule } from './rule.ts';

/** When a component takes place, rules apart. */
export interface ComponentTime {
  readonly component: Component;
  readonly start: ZonedValue;
  /** DTEND or DUE. */
  readonly end?: ZonedValue | undefined;
  /** DURATION, where there is no end. */
  readonly duration?: Duration | undefined;
}

/** One instance, or that and all after it, described by a component of its own. */
export interface Override extends ComponentTime {
  readonly recurrenceId: ZonedValue;
  /** RANGE=THISANDFUTURE: instances after it move and change with it. */
  readonly thisAndFuture: boolean;
}

/** All that says when the instances of one object are. */
export interface RecurrenceSet {
  /** Absent when only single instances are known, as for people invited to these alone. */
  readonly master?: ComponentTime | undefined;
  readonly rules: readonly RecurrenceRule[];
  /** EXRULE, which RFC 5545 dropped: instances that are none. */
  readonly exceptionRules: readonly RecurrenceRule[];
  /** RDATE. */
  readonly dates: readonly ZonedValue<DateValue | Period>[];
  /** EXDATE. */
  readonly exceptions: readonly ZonedValue[];
  readonly overrides: readonly Override[];
}

/** RDATE and EXDATE values of one object together. */
const maxDates = 10_000;
const maxRules = 20;

/**
 * Reads what the components of one object (one UID) say about time.
 *
 * @param components - VEVENTs, VTODOs or VJOURNALs: at most one without RECURRENCE-ID, any number with.
 * @throws ICalendarError `invalid-date`, `invalid-duration`, `invalid-recurrence`, or `recurrence-too-complex` for more
 * dates than anyone has.
 * @see RFC 5545 §3.8.5.
 */
export function readRecurrenceSet(components: readonly Component[]): RecurrenceSet {
  const master = components.find((component) => property(component, 'RECURRENCE-ID') === undefined);
  const overrides = components.filter((component) => property(component, 'RECURRENCE-ID') !== undefined);
  return {
    master: master && readTime(master),
    rules: readRules(master, 'RRULE'),
    exceptionRules: readRules(master, 'EXRULE'),
    dates: readAllDates(master, 'RDATE'),
    exceptions: readAllDates(master, 'EXDATE').flatMap(({ value, tzid }) =>
      value.kind === 'period' ? [] : [{ value, tzid }],
    ),
    overrides: overrides.map(readOverride).filter((override) => override !== undefined),
  };
}

/** Nothing for a VTODO or VJOURNAL that is at no time. */
function readTime(component: Component): ComponentTime | undefined {
  const end = property(component, 'DTEND') ?? property(component, 'DUE');
  const start = property(component, 'DTSTART') ?? end;
  if (start === undefined) return undefined;
  const duration = propertyValue(component, 'DURATION');
  return {
    component,
    start: readDateValue(start),
    end: end && readDateValue(end),
    duration: end === undefined && duration !== undefined ? parseDuration(duration.trim()) : undefined,
  };
}

function readOverride(component: Component): Override | undefined {
  const recurrenceId = property(component, 'RECURRENCE-ID');
  if (recurrenceId === undefined) return undefined;
  const id = readDateValue(recurrenceId);
  const time = readTime(component) ?? { component, start: id };
  return {
    ...time,
    recurrenceId: id,
    thisAndFuture: parameter(recurrenceId, 'RANGE')?.toUpperCase() === 'THISANDFUTURE',
  };
}

function readRules(component: Component | undefined, name: 'RRULE' | 'EXRULE'): readonly RecurrenceRule[] {
  const rules = component === undefined ? [] : properties(component, name);
  if (rules.length > maxRules) throw new ICalendarError('recurrence-too-complex', `more than ${maxRules} rules`);
  return rules.map(({ value }) => parseRecurrenceRule(value));
}

function readAllDates(component: Component | undefined, name: 'RDATE' | 'EXDATE') {
  const dates: ZonedValue<DateValue | Period>[] = [];
  for (const list of component === undefined ? [] : properties(component, name)) {
    if (list.value.trim() === '') continue; // an emptied list
    for (const date of readDates(list)) dates.push(date);
    if (dates.length > maxDates) throw new ICalendarError('recurrence-too-complex', `more than ${maxDates} dates`);
  }
  return dates;
}
