import {
  type Component,
  makeProperty,
  mapChildren,
  type Property,
  parameter,
  properties,
  withParameter,
  withProperty,
} from '@isched/icalendar';
import { type Addresses, addressKey, organizerKey, participationOf } from '../attendee.ts';
import { instanceOfSeries, recurrenceIdFor, withoutAnswerNotes } from '../derive.ts';
import { exclusionOf } from '../exclusions.ts';
import { hasInstance } from '../instances.ts';
import { resetParameter, sinceParameter } from '../personal.ts';
import { revisionOf } from '../revision.ts';
import { moved, type Placed } from '../schedule.ts';
import { findOverride, type Member, type Series } from '../series.ts';
import { momentOf } from '../zoned.ts';
import { agentOf } from './agent.ts';
import { isCancelled } from './request-for.ts';
import { visibleNames } from './visible-names.ts';

/** Changes of these must raise SEQUENCE. @see RFC 5546 §2.1.4. */
const raising = new Set(['DTSTART', 'DTEND', 'DURATION', 'DUE', 'RRULE', 'RDATE', 'EXDATE', 'STATUS']);
/** What the server notes on an attendee's line, and a client may have lost. */
const serverNotes = ['SCHEDULE-STATUS', 'X-DTSTAMP', 'X-SEQUENCE', sinceParameter, resetParameter];

/** What a component was before the change. */
export interface Former extends Placed {
  /** Made of the series for comparison; it did not stand by itself. */
  readonly derived: boolean;
}

/**
 * A component as the organizer's copy must keep it: SEQUENCE raised where it must be, answers to another time taken
 * back, and the server's notes as they were.
 *
 * @param after - as it was put there.
 * @param former - what it was; absent: it is new.
 * @throws ICalendarError where instances have to be worked out and can't be.
 * @see RFC 5546 §2.1.4; RFC 6638 §3.2.5, §3.2.8.
 */
export function revised(after: Placed, former: Former | undefined): Component {
  if (!former) return after.component;
  const own = former.derived ? withoutAnswerNotes(after.component) : after.component;
  const noted = withNotes(own, former.component);
  const before = revisionOf(former.component).sequence;
  const given = revisionOf(noted).sequence;
  const names = visibleNames(former, { ...after, component: noted });
  const reschedules = moved(former, after) || (isCancelled(former.component) && !isCancelled(noted));
  const asked = askedAgain(former.component, noted);
  const raise =
    reschedules || asked.size > 0 || lostPeople(former.component, noted) || names.some((name) => raising.has(name));
  const sequence = Math.max(given, raise ? before + 1 : before);
  const numbered = sequence === given ? noted : withProperty(noted, makeProperty('SEQUENCE', String(sequence)));
  if (sequence === before) return numbered;
  return withMarks(numbered, { sequence, before, everybody: reschedules, asked });
}

/** A component with a higher SEQUENCE, in which some people are asked anew and the others' answers still count. @throws nothing. */
export function raisedTo(component: Component, sequence: number, asked: Addresses): Component {
  const before = revisionOf(component).sequence;
  const numbered = withProperty(component, makeProperty('SEQUENCE', String(sequence)));
  return withMarks(numbered, { sequence, before, everybody: false, asked });
}

/** Puts back what the server had noted on the lines of people who are still there. */
function withNotes(component: Component, former: Component): Component {
  const known = new Map(properties(former, 'ATTENDEE').map((line) => [addressKey(line.value), line]));
  return mapChildren(component, (child) => {
    const before =
      child.kind === 'property' && child.name === 'ATTENDEE' ? known.get(addressKey(child.value)) : undefined;
    if (!before || child.kind !== 'property') return child;
    return serverNotes.reduce(
      (line, name) => (parameter(line, name) === undefined ? withParameter(line, name, parameter(before, name)) : line),
      child,
    );
  });
}

/** People whose answer the organizer took back by hand. @see RFC 6638 §3.2.8, last paragraph. */
function askedAgain(former: Component, component: Component): Addresses {
  const answered = new Set(
    properties(former, 'ATTENDEE')
      .filter((line) => participationOf(line) !== 'NEEDS-ACTION')
      .map((line) => addressKey(line.value)),
  );
  const waiting = properties(component, 'ATTENDEE').filter((line) => participationOf(line) === 'NEEDS-ACTION');
  return new Set(waiting.map((line) => addressKey(line.value)).filter((key) => answered.has(key)));
}

/** Whether somebody is no longer invited: a CANCEL goes out, which has a SEQUENCE of its own. */
function lostPeople(former: Component, component: Component): boolean {
  const present = new Set(served(component));
  return served(former).some((key) => !present.has(key));
}

function served(component: Component): readonly string[] {
  const organizer = organizerKey(component);
  return properties(component, 'ATTENDEE')
    .filter((line) => agentOf(line) === 'SERVER')
    .map((line) => addressKey(line.value))
    .filter((key) => key !== organizer);
}

interface Marks {
  readonly sequence: number;
  readonly before: number;
  readonly everybody: boolean;
  readonly asked: Addresses;
}

/** Notes on each attendee's line from which SEQUENCE on answers count. */
function withMarks(component: Component, { sequence, before, everybody, asked }: Marks): Component {
  const organizer = organizerKey(component);
  return mapChildren(component, (child) => {
    if (child.kind !== 'property' || child.name !== 'ATTENDEE') return child;
    const key = addressKey(child.value);
    if (key === organizer || agentOf(child) !== 'SERVER') return child;
    if (everybody || asked.has(key)) return withReset(child, sequence);
    return parameter(child, resetParameter) === undefined && parameter(child, sinceParameter) === undefined
      ? withParameter(child, sinceParameter, String(before))
      : child;
  });
}

function withReset(line: Property, sequence: number): Property {
  const waiting = participationOf(line) === 'NEEDS-ACTION' ? line : withParameter(line, 'PARTSTAT', 'NEEDS-ACTION');
  const marked = withParameter(waiting, resetParameter, String(sequence));
  return withParameter(marked, sinceParameter, undefined);
}

/**
 * What a component of the changed object was before: its own former self, or the instance as the series had it.
 *
 * @throws ICalendarError where instances have to be worked out and can't be.
 */
export function formerOf(before: Series | undefined, { zoned }: Series, member: Member): Former | undefined {
  if (!before) return undefined;
  const { recurrenceId } = member;
  if (!recurrenceId)
    return before.master && { component: before.master.component, within: before.zoned, derived: false };
  const known = findOverride(before, recurrenceId, zoned);
  if (known) return { component: known.component, within: before.zoned, derived: false };
  if (!before.master) return undefined;
  const own = recurrenceIdFor(before.master.component, before.zoned, { line: recurrenceId, within: zoned });
  const moment = momentOf(own, before.zoned);
  if (moment && exclusionOf(before.master.component, before.zoned, moment) !== undefined) return undefined;
  if (!hasInstance(before, own)) return undefined;
  return { component: withoutAnswerNotes(instanceOfSeries(before, own)), within: before.zoned, derived: true };
}
