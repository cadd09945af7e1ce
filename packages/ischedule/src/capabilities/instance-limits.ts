import {
  type Component,
  type Expansion,
  epochOf,
  expand,
  ICalendarError,
  property,
  propertyValue,
  type RecurrenceSet,
  readRecurrenceSet,
  utcZone,
  type Zones,
  zonesOf,
} from '@isched/icalendar';
import type { ItipMessage } from '@isched/itip';
import { epochMs, type TimeRange } from '@isched/values';
import type { Breach } from '../message-rules.ts';
import type { Capabilities } from './capabilities.ts';
import { checkInstant } from './date-limits.ts';

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

/**
 * Checks how many instances an object makes, and when. What does not recur costs nothing here.
 *
 * @throws nothing.
 * @see iSchedule digest §2, §4; docs/decisions/0041.
 */
export function checkInstances(
  itip: ItipMessage,
  limits: InstanceLimits,
  options: InstanceOptions = {},
): Breach | undefined {
  const { components } = itip;
  const { maxInstances } = limits;
  if (maxInstances !== undefined && components.length > maxInstances) return tooMany(maxInstances);
  const master = components.find(isRecurring);
  if (!master || itip.componentType === 'VFREEBUSY') return undefined;
  try {
    const endless = isEndless(master);
    const expansion = expandObject(itip, { maxInstances: maxInstances ?? enough, endless, options });
    if (!expansion.complete && maxInstances !== undefined) return tooMany(maxInstances);
    return checkInstantsOf(expansion, limits);
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

function isEndless(component: Component): boolean {
  const rule = propertyValue(component, 'RRULE');
  return rule !== undefined && !/(?:^|;)\s*(?:COUNT|UNTIL)\s*=/i.test(rule);
}

interface Counting {
  readonly maxInstances: number;
  readonly endless: boolean;
  readonly options: InstanceOptions;
}

function expandObject(itip: ItipMessage, { maxInstances, endless, options }: Counting): Expansion {
  const zones = zonesOf(itip.calendar, { fallback: utcZone });
  const series = readRecurrenceSet(itip.components);
  const range = endless ? rangeOf(series, zones, options.endlessRuleDays ?? 730) : undefined;
  return expand(series, { zones, maxInstances, range });
}

function rangeOf({ master }: RecurrenceSet, zones: Zones, days: number): TimeRange | undefined {
  if (!master) return undefined;
  const start = epochOf(master.start, zones, utcZone);
  return { start, end: epochMs(start + days * 86_400_000) };
}

function checkInstantsOf({ instances }: Expansion, limits: InstanceLimits): Breach | undefined {
  const [first] = instances;
  const last = instances.at(-1);
  return (first && checkInstant(first.start, limits)) ?? (last && checkInstant(last.start, limits));
}

function tooMany(maxInstances: number): Breach {
  return { fault: 'max-instances', description: `The message makes more than ${maxInstances} instances.` };
}
