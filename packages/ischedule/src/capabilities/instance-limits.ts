import {
  type Component,
  epochOf,
  expand,
  ICalendarError,
  property,
  type RecurrenceRule,
  type RecurrenceSet,
  readRecurrenceSet,
  utcZone,
  type Zones,
  zonesOf,
} from '@isched/icalendar';
import type { ItipMessage } from '@isched/itip';
import { type EpochMs, epochMs } from '@isched/values';
import type { Breach } from '../message-rules.ts';
import type { Capabilities } from './capabilities.ts';
import { utcFromCivil } from '../wire/http-date.ts';
import { checkInstant, zoneLeewayMs } from './date-limits.ts';

export interface InstanceOptions {
  /**
   * How long a rule without end is counted, so that the meetings people have every week are no offence. Days from the
   * series' start; default 730.
   */
  readonly endlessRuleDays?: number | undefined;
}

type InstanceLimits = Pick<Capabilities, 'maxInstances' | 'minDateTime' | 'maxDateTime'>;

/** Counted where a peer states dates only. */
const enough = 1_000;
const msOfDay = 86_400_000;

/**
 * Checks how many instances an object makes, and when. What does not recur costs nothing here, and what surely stays within
 * the limits is not worked out.
 *
 * @throws nothing.
 * @see iSchedule digest §2, §4; docs/decisions/0041.
 */
export function checkInstances(
  itip: ItipMessage,
  limits: InstanceLimits,
  options: InstanceOptions = {},
): Breach | undefined {
  const { maxInstances } = limits;
  if (maxInstances !== undefined && itip.components.length > maxInstances) return tooMany(maxInstances);
  if (itip.componentType === 'VFREEBUSY' || !itip.components.some(isRecurring)) return undefined;
  try {
    const series = readSeries(itip, options.endlessRuleDays ?? 730);
    return surelyFits(series, limits) ? undefined : checkExpansion(series, limits);
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    if (error.code === 'recurrence-too-complex') return tooMany(maxInstances ?? enough);
    // A scale of RFC 7529 that can't be counted is for the capabilities' `rscales` to judge.
    if (error.code === 'unsupported-recurrence') return undefined;
    return { fault: 'invalid-calendar-data', description: `The recurrence can not be read: ${error.code}.` };
  }
}

function isRecurring(component: Component): boolean {
  return property(component, 'RRULE') !== undefined || property(component, 'RDATE') !== undefined;
}

interface Series {
  readonly set: RecurrenceSet;
  readonly zones: Zones;
  /** Of the master; nothing where there is none. */
  readonly start: EpochMs | undefined;
  /** Where counting ends for want of an end; nothing where the rules have one. */
  readonly horizon: EpochMs | undefined;
}

function readSeries(itip: ItipMessage, endlessRuleDays: number): Series {
  // By their names alone: a definition in the object moves an instance by hours, and a stranger's may be long work to read.
  const zones = zonesOf(undefined, { fallback: utcZone });
  const set = readRecurrenceSet(itip.components);
  const start = set.master && epochOf(set.master.start, zones, utcZone);
  const endless = set.rules.some((rule) => rule.count === undefined && rule.until === undefined);
  const horizon = endless && start !== undefined ? epochMs(start + endlessRuleDays * msOfDay) : undefined;
  return { set, zones, start, horizon };
}

/** Whether a bound from above is enough: one instance a day, from the start to the last day of every rule. */
function surelyFits(
  { set, start, horizon }: Series,
  { maxInstances, maxDateTime, minDateTime }: InstanceLimits,
): boolean {
  if (start === undefined || (minDateTime !== undefined && start < minDateTime)) return false;
  let most = 1 + set.dates.length + set.overrides.length;
  for (const rule of set.rules) {
    const last = lastDayOf(rule, horizon);
    if (last === undefined || !isDailyAtMost(rule)) return false;
    if (maxDateTime !== undefined && last + 2 * msOfDay > maxDateTime) return false;
    most += Math.max(0, Math.ceil((last - start) / msOfDay)) + 1;
  }
  return maxInstances === undefined || most <= maxInstances;
}

/** Nothing where only COUNT ends it: then the last instance may be anywhere. */
function lastDayOf({ count, until, rscale }: RecurrenceRule, horizon: EpochMs | undefined): number | undefined {
  if (rscale !== undefined) return undefined;
  if (until) return utcFromCivil({ ...until, hour: 0, minute: 0, second: 0 }) + msOfDay;
  return count === undefined ? horizon : undefined;
}

function isDailyAtMost({ frequency, byHour, byMinute, bySecond }: RecurrenceRule): boolean {
  if (byHour.length > 1 || byMinute.length > 1 || bySecond.length > 1) return false;
  return frequency === 'DAILY' || frequency === 'WEEKLY' || frequency === 'MONTHLY' || frequency === 'YEARLY';
}

function checkExpansion({ set, zones, start, horizon }: Series, limits: InstanceLimits): Breach | undefined {
  const range = horizon !== undefined && start !== undefined ? { start, end: horizon } : undefined;
  const expansion = expand(set, { zones, maxInstances: limits.maxInstances ?? enough, range });
  if (!expansion.complete && limits.maxInstances !== undefined) return tooMany(limits.maxInstances);
  const [first] = expansion.instances;
  const last = expansion.instances.at(-1);
  return (
    (first && checkInstant(first.start, limits, zoneLeewayMs)) ??
    (last && checkInstant(last.start, limits, zoneLeewayMs))
  );
}

function tooMany(maxInstances: number): Breach {
  return { fault: 'max-instances', description: `The message makes more than ${maxInstances} instances.` };
}
