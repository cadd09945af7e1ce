import type { EpochMs, TimeRange } from '@isched/values';
import { msOfDay } from '../civil.ts';
import { type Component, type Property, subcomponents } from '../component.ts';
import { type PropertyDate, readDates } from '../date-time.ts';
import { exactSeconds, nominalDays } from '../duration.ts';
import { ICalendarError, type ICalendarErrorCode } from '../errors.ts';
import { type TimeZone, utcZone } from '../zones/time-zone.ts';
import { epochOf, type Zones, zonesOf } from '../zones/zones.ts';
import { type Budget, defaultWork } from './budget.ts';
import { expandWithin } from './expand.ts';
import { recurringComponents } from './instances-of.ts';
import { lastSecond } from './instances-of-rule.ts';
import { type RecurrenceSet, readRecurrenceSet } from './series.ts';

/** What a receiver takes: the dates and the number of instances it advertises. */
export interface DateLimits {
  readonly earliest?: EpochMs | undefined;
  readonly latest?: EpochMs | undefined;
  /** Of one object. Series without end are counted from their start for `horizonMs`. */
  readonly maxInstances?: number | undefined;
  /** Default: 731 days. */
  readonly horizonMs?: number | undefined;
}

export interface CheckDatesOptions {
  /** Default: those of the calendar. */
  readonly zones?: Zones | undefined;
  /** For floating times and days; default: UTC. */
  readonly defaultZone?: TimeZone | string | undefined;
  /** For all objects together, see `Budget`. */
  readonly maxWork?: number | undefined;
}

/** A date or series that breaks a limit, or can't be judged. */
export interface DateFinding {
  readonly code: 'before-min-date' | 'after-max-date' | 'too-many-instances' | ICalendarErrorCode;
  /** The component's name. */
  readonly component: string;
  /** The property's name; RRULE for what is wrong with the instances. */
  readonly property: string;
  /** For people. */
  readonly message: string;
}

/** The properties that say when something is; DTSTAMP and its like say when somebody wrote. */
const dateProperties: ReadonlySet<string> = new Set('DTSTART DTEND DUE RECURRENCE-ID RDATE EXDATE FREEBUSY'.split(' '));

/**
 * Checks a calendar object against limits on dates and instances, without generating a series that has no end: its
 * dates and the first `horizonMs` are checked, its rule alone never breaks `latest`.
 *
 * @param calendar - a VCALENDAR. Its VTIMEZONEs are not looked at.
 * @returns what breaks a limit, and what can't be judged; nothing if all is well.
 * @throws nothing.
 * @see iSchedule, "min-date-time", "max-date-time", "max-instances".
 */
export function checkDates(
  calendar: Component,
  limits: DateLimits,
  options: CheckDatesOptions = {},
): readonly DateFinding[] {
  const zones = options.zones ?? zonesOf(calendar);
  const check: Check = {
    limits,
    zones,
    defaultZone: zones.floating(options.defaultZone ?? utcZone),
    budget: { left: options.maxWork ?? defaultWork },
    findings: [],
  };
  for (const component of subcomponents(calendar)) if (component.name !== 'VTIMEZONE') checkComponent(component, check);
  for (const components of recurringComponents(calendar)) checkSeries(components, check);
  return check.findings;
}

interface Check {
  readonly limits: DateLimits;
  readonly zones: Zones;
  readonly defaultZone: TimeZone;
  readonly budget: Budget;
  readonly findings: DateFinding[];
}

/** What is being judged. */
interface Subject {
  readonly component: Component;
  /** The property's name. */
  readonly property: string;
  readonly check: Check;
}

function checkComponent(component: Component, check: Check): void {
  for (const child of component.children) {
    if (child.kind === 'component' || !dateProperties.has(child.name) || child.value.trim() === '') continue;
    const subject: Subject = { component, property: child.name, check };
    judge(subject, () => checkProperty(child, subject));
  }
}

/** One finding for each limit, however many dates break it. */
function checkProperty(property: Property, subject: Subject): void {
  const { earliest, latest } = subject.check.limits;
  const instants = readDates(property).flatMap((date) => instantsOf(date, subject.check));
  if (earliest !== undefined && instants.some((instant) => instant < earliest)) report(subject, 'before-min-date');
  if (latest !== undefined && instants.some((instant) => instant > latest)) report(subject, 'after-max-date');
}

function instantsOf({ value, tzid }: PropertyDate, { zones, defaultZone }: Check): readonly EpochMs[] {
  const instant = (one: Exclude<typeof value, { kind: 'period' }>): EpochMs =>
    epochOf({ value: one, tzid }, zones, defaultZone);
  if (value.kind !== 'period') return [instant(value)];
  const start = instant(value.start);
  if (value.end.kind !== 'duration') return [start, instant(value.end)];
  return [start, (start + nominalDays(value.end) * msOfDay + exactSeconds(value.end) * 1000) as EpochMs];
}

function checkSeries(components: readonly Component[], check: Check): void {
  const [component] = components;
  if (component === undefined) return;
  const subject: Subject = { component, property: 'RRULE', check };
  judge(subject, () => {
    const series = readRecurrenceSet(components);
    checkCount(series, subject);
    checkLast(series, subject);
  });
}

function checkCount(series: RecurrenceSet, subject: Subject): void {
  const { maxInstances } = subject.check.limits;
  if (maxInstances === undefined) return;
  const options = { ...subject.check, range: countedRange(series, subject.check), maxInstances };
  if (!expandWithin(series, options, subject.check.budget).complete) report(subject, 'too-many-instances');
}

function checkLast(series: RecurrenceSet, subject: Subject): void {
  const { latest } = subject.check.limits;
  if (latest === undefined || isEndless(series) || series.rules.length === 0) return;
  const options = { ...subject.check, range: { start: (latest + 1) as EpochMs, end: endOfTime }, maxInstances: 1 };
  const { instances, complete } = expandWithin(series, options, subject.check.budget);
  if (!complete || instances.some(({ start }) => start > latest)) report(subject, 'after-max-date');
}

const endOfTime = (lastSecond * 1000) as EpochMs;
const defaultHorizonMs = 731 * msOfDay;

/** Series that end are counted whole. */
function countedRange(series: RecurrenceSet, check: Check): TimeRange | undefined {
  if (!isEndless(series) || series.master === undefined) return undefined;
  const start = epochOf(series.master.start, check.zones, check.defaultZone);
  return { start, end: (start + (check.limits.horizonMs ?? defaultHorizonMs)) as EpochMs };
}

function isEndless({ rules }: RecurrenceSet): boolean {
  return rules.some(({ count, until }) => count === undefined && until === undefined);
}

/** What can't be read or judged is a finding, too. */
function judge({ component, property, check }: Subject, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    check.findings.push({ code: error.code, component: component.name, property, message: error.message });
  }
}

const messages = {
  'before-min-date': 'before the first date that is taken',
  'after-max-date': 'after the last date that is taken',
  'too-many-instances': 'more instances than are taken',
} as const;

function report({ component, property, check }: Subject, code: keyof typeof messages): void {
  const message = `${property}: ${messages[code]}`;
  check.findings.push({ code, component: component.name, property, message });
}
