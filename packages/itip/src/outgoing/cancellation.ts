import { type Component, makeProperty, type Property, withProperty } from '@isched/icalendar';
import { resolvePolicy } from '../policy.ts';
import { revisionOf } from '../revision.ts';
import { findOverride, type Member, membersOf, organizerLine, type Series } from '../series.ts';
import { changedNames } from '../snapshot.ts';
import { composeMessage } from './compose.ts';
import type { Scope } from './scope.ts';
import type { OutgoingMessage } from './outgoing.ts';
import type { Circle } from './people.ts';
import { asCancellation, forSending, isCancelled } from './request-for.ts';

/** What is called off for a circle of people. */
export interface CalledOff {
  /** Components of the object before the change. */
  readonly members: readonly Member[];
  /** The meeting is off for everybody, and not only for these people. */
  readonly wholly: boolean;
  /** There is nothing else to tell them. */
  readonly only: boolean;
}

/**
 * What a change calls off for people who were told of it before: everything, the series, or single instances.
 *
 * @returns undefined where there is nothing to call off.
 * @throws nothing.
 * @see RFC 5546 §3.2.5; RFC 6638 §3.2.1.2, §3.2.1.3.
 */
export function cancelledFor({ before, after }: Scope, circle: Circle): CalledOff | undefined {
  if (!before || circle.before.length === 0) return undefined;
  const members = membersOf(before);
  const told = circle.before.flatMap((at) => members[at] ?? []).filter(({ component }) => !isCancelled(component));
  if (told.length === 0) return undefined;
  const now = after ? circle.after.flatMap((at) => membersOf(after)[at] ?? []) : [];
  const live = now.filter(({ component }) => !isCancelled(component));
  const master = told.find((member) => !member.recurrenceId);
  if (live.length === 0) return { members: master ? [master] : told, wholly: isOff(after), only: true };
  if (master) {
    if (!live.some((member) => !member.recurrenceId)) return { members: [master], wholly: false, only: false };
    const off = newlyOff(before, now);
    // With the series still theirs, instances that went are left out of it; only where nothing else is new is it said so.
    return off.length > 0 && sameBeside(before, after as Series, off)
      ? { members: off, wholly: true, only: true }
      : undefined;
  }
  const gone = told.filter((member) => !after || !stillThere({ before, after }, live, member));
  return gone.length === 0 ? undefined : { members: gone, wholly: false, only: false };
}

/** Whether the meeting as a whole is off. */
function isOff(after: Series | undefined): boolean {
  return !after || membersOf(after).every(({ component }) => isCancelled(component)) || !hasOrganizer(after);
}

function hasOrganizer(series: Series): boolean {
  return organizerLine(series) !== undefined;
}

function stillThere(
  { before, after }: { readonly before: Series; readonly after: Series },
  live: readonly Member[],
  { recurrenceId }: Member,
): boolean {
  const found = recurrenceId && findOverride(after, recurrenceId, before.zoned);
  return found !== undefined && live.some(({ component }) => component === found.component);
}

/** Instances that the change set to cancelled. */
function newlyOff(before: Series, now: readonly Member[]): readonly Member[] {
  return now.filter(({ component, recurrenceId }) => {
    if (!recurrenceId || !isCancelled(component)) return false;
    const known = findOverride(before, recurrenceId, before.zoned);
    return !known || !isCancelled(known.component);
  });
}

/** Whether the objects differ in nothing but the instances that are off. */
function sameBeside(before: Series, after: Series, off: readonly Member[]): boolean {
  const skip = new Set(off.map(({ component }) => component));
  const rest = membersOf(after).filter(({ component }) => !skip.has(component));
  return rest.every(({ component, recurrenceId }) => {
    const former = recurrenceId ? findOverride(before, recurrenceId, after.zoned) : before.master;
    if (!former || revisionOf(former.component).sequence !== revisionOf(component).sequence) return false;
    return (
      changedNames({ component: former.component, within: before.zoned }, { component, within: after.zoned }).length ===
      0
    );
  });
}

/** The CANCEL for a circle of people. @throws ItipError when it can't be made. */
export function cancellation(scope: Scope, circle: Circle, off: CalledOff): OutgoingMessage {
  const { before, after, context, now } = scope;
  const policy = resolvePolicy(context.policy);
  const people = circle.people.map(({ line }) => plainLine(line));
  const organizer = after && organizerLine(after); // who speaks now, where the organizer changed
  const components = off.members.map((member) => {
    const sent = forSending(member.component, now, policy);
    const component = asCancellation(sent, people, sequenceFor(scope, member));
    const owned = organizer ? withProperty(component, organizer) : component;
    return off.wholly ? withProperty(owned, makeProperty('STATUS', 'CANCELLED')) : owned;
  });
  const from = (before ?? (after as Series)).zoned.calendar;
  return {
    to: circle.people.map(({ address }) => address),
    message: composeMessage('CANCEL', components, { productId: context.productId, from }),
    significant: true,
    changes: off.members.map(({ recurrenceId }) => ({
      ...(recurrenceId ? { recurrenceId: recurrenceId.value } : {}),
      properties: ['STATUS'],
    })),
  };
}

/** An ATTENDEE line that says who, and nothing of what they answered. */
function plainLine(line: Property): Property {
  const parameters = line.parameters.filter(({ name }) =>
    ['CN', 'CUTYPE', 'ROLE', 'MEMBER', 'DELEGATED-FROM'].includes(name),
  );
  return { ...line, parameters, source: undefined };
}

/** One more than the version that is called off, or what the change has raised it to. @see RFC 5546 §2.1.4. */
function sequenceFor({ before, after }: Scope, member: Member): number {
  const least = revisionOf(known(before, member) ?? member.component).sequence + 1;
  const now = after && known(after, member);
  // Whoever has no component for an instance compares it with the series.
  const series = after?.master ? revisionOf(after.master.component).sequence : 0;
  return Math.max(least, series, now ? revisionOf(now).sequence : 0);
}

function known(series: Series | undefined, { recurrenceId }: Member): Component | undefined {
  if (!series) return undefined;
  if (!recurrenceId) return series.master?.component;
  return findOverride(series, recurrenceId, series.zoned)?.component ?? series.master?.component;
}
