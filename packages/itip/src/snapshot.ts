import {
  type ComponentChild,
  type Parameter,
  type Property,
  parameter,
  properties,
  property,
  textValues,
} from '@isched/icalendar';
import { addressKey } from './attendee.ts';
import { sameProperty } from './lines.ts';
import type { Change } from './judgement.ts';
import { resetParameter } from './personal.ts';
import { type Placed, sameDates, sameRules, sameTimes } from './schedule.ts';
import { isOneZone, type NamedZone } from './zoned.ts';

/** What a change of makes people look at their calendar again: when, where, whether at all. */
export const significantNames: ReadonlySet<string> = new Set([
  'DTSTART',
  'DTEND',
  'DUE',
  'DURATION',
  'RRULE',
  'RDATE',
  'EXDATE',
  'STATUS',
  'LOCATION',
]);

/** What says when a version was written, and nothing about the meeting. */
const bookkeeping = new Set(['DTSTAMP', 'SEQUENCE', 'LAST-MODIFIED', 'CREATED']);
const times = new Set(['DTSTART', 'DTEND', 'DUE', 'DURATION']);
const dates = new Set(['RDATE', 'EXDATE']);

/**
 * The properties in which two versions of a component really differ: equal points in time, rules written otherwise and
 * another order are no change. `ATTENDEE` stands for people who came or went and for any parameter of theirs.
 *
 * @returns names in upper case, sorted.
 * @throws nothing.
 */
export function changedNames(before: Placed | undefined, after: Placed): readonly string[] {
  const names = namesApart(before?.component.children ?? [], after.component.children);
  if (!before) return [...names].toSorted();
  return [...names].filter((name) => !sameNamed(name, before, after)).toSorted();
}

/** The names of the lines that are not the same in the same place: mostly few of many. */
function namesApart(left: readonly ComponentChild[], right: readonly ComponentChild[]): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (child: ComponentChild | undefined): void => {
    if (child?.kind === 'property' && !bookkeeping.has(child.name)) names.add(child.name);
  };
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [one, other] = [left[at], right[at]];
    if (one?.kind === 'property' && other?.kind === 'property' && sameProperty(one, other)) continue;
    add(one);
    add(other);
  }
  return names;
}

/** A component's change, for notices. @throws nothing. */
export function changeOf(before: Placed | undefined, after: Placed): Change {
  const recurrenceId = after.component.children.find(
    (child): child is Property => child.kind === 'property' && child.name === 'RECURRENCE-ID',
  );
  const names = changedNames(before, after);
  return recurrenceId ? { recurrenceId: recurrenceId.value, properties: names } : { properties: names };
}

/** Says whether changed names are worth a person's attention. @throws nothing. */
export function isSignificant(names: readonly string[]): boolean {
  return names.some((name) => significantNames.has(name));
}

function sameNamed(name: string, before: Placed, after: Placed): boolean {
  const [left, right] = unpaired(properties(before.component, name), properties(after.component, name));
  if (left.length === 0 && right.length === 0) return true;
  if (times.has(name)) return sameTimes(before, after) && sameZone(name, before, after);
  if (name === 'RRULE') return sameRules(before, after, { withEnd: true });
  if (dates.has(name)) return sameDates(name as 'RDATE' | 'EXDATE', before, after);
  if (name === 'ATTENDEE' || name === 'ORGANIZER') return samePeople(left, right);
  if (name === 'CATEGORIES' || name === 'RESOURCES') return sameSet(left.flatMap(listOf), right.flatMap(listOf));
  return sameSet(left.map(lineText), right.map(lineText));
}

type Lines = readonly Property[];

function samePeople(left: Lines, right: Lines): boolean {
  const [one, other] = [left[0], right[0]];
  const alone = left.length === 1 && right.length === 1 && one?.value === other?.value; // somebody answered: the usual case
  if (alone && one && other) return parametersText(one) === parametersText(other);
  return sameSet(left.map(addressText), right.map(addressText));
}

/** The lines that are not the same in the same place, where each has a counterpart. */
function unpaired(left: Lines, right: Lines): readonly [Lines, Lines] {
  if (left.length !== right.length) return [left, right];
  const apart = left.flatMap((line, at) => (sameProperty(line, right[at] as Property) ? [] : [at]));
  return [apart.map((at) => left[at] as Property), apart.map((at) => right[at] as Property)];
}

/** Two zones are a change of its own, even where the points in time are equal; UTC against a zone is none. */
function sameZone(name: string, before: Placed, after: Placed): boolean {
  const [one, other] = [zoneFor(name, before), zoneFor(name, after)];
  return one.tzid === undefined || other.tzid === undefined || isOneZone(one, other);
}

/** The zone in which a start or end is told; an end by DURATION is told in the start's. */
function zoneFor(name: string, { component, within }: Placed): NamedZone {
  const start = property(component, 'DTSTART');
  const line = name === 'DTSTART' ? start : (property(component, 'DTEND') ?? property(component, 'DUE') ?? start);
  return { tzid: line && parameter(line, 'TZID'), within };
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  if (left.length === 1 && right.length === 1) return left[0] === right[0];
  const before = new Set(left);
  const after = new Set(right);
  return before.size === after.size && [...before].every((text) => after.has(text));
}

const listOf = (line: Property): readonly string[] => textValues(line.value);
const lineText = (line: Property): string => `${parametersText(line)}:${line.value}`;
const addressText = (line: Property): string => `${parametersText(line)}:${addressKey(line.value)}`;

/** Defaults written out are the same as left out. */
const defaults: ReadonlyMap<string, string> = new Map([
  ['PARTSTAT', 'NEEDS-ACTION'],
  ['RSVP', 'FALSE'],
  ['ROLE', 'REQ-PARTICIPANT'],
  ['CUTYPE', 'INDIVIDUAL'],
]);

/** Whether a parameter says something to people: which answers count is between servers. */
function saysSomething({ name, values }: Parameter): boolean {
  const usual = defaults.get(name);
  return name !== resetParameter && (usual === undefined || values[0]?.toUpperCase() !== usual);
}

function parametersText(line: Property): string {
  const texts = line.parameters.filter(saysSomething).map(({ name, values }) => `${name}=${values.join(',')}`);
  return texts.length > 1 ? texts.toSorted().join(';') : (texts[0] ?? '');
}
