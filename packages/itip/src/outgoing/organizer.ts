import {
  type Component,
  formatUtc,
  makeProperty,
  mapChildren,
  parameter,
  type Property,
  properties,
  propertyValue,
  utcZone,
  withoutProperties,
  withParameter,
  withProperty,
} from '@isched/icalendar';
import { type EpochMs, epochMs } from '@isched/values';
import { type Addresses, addressesIn, addressesOf, addressKey, organizerKey } from '../attendee.ts';
import type { Change, Edit } from '../judgement.ts';
import { applyEdits } from '../merge.ts';
import { ownInstance, resetParameter } from '../personal.ts';
import { resolvePolicy } from '../policy.ts';
import { revisionOf, sequenceNumber } from '../revision.ts';
import { membersOf, organizerLine, type Series, seriesOf } from '../series.ts';
import { isSignificant } from '../snapshot.ts';
import { readDate, zoned } from '../zoned.ts';
import { withoutForce } from './agent.ts';
import { cancellation, cancelledFor } from './cancellation.ts';
import { changeIn, comparedWith, isAnother, linesThatChanged } from './compared.ts';
import { composeMessage } from './compose.ts';
import type { Outgoing, OutgoingContext, OutgoingMessage } from './outgoing.ts';
import type { Scope } from './scope.ts';
import { type Circle, circlesOf, peopleOf, type Person } from './people.ts';
import { componentsFor, isCancelled } from './request-for.ts';
import { restoredInstances } from './restored.ts';
import { formerOf, raisedTo, revised } from './revise.ts';

/**
 * What an organizer's change means for the attendees: invitations, new versions, cancellations.
 *
 * @param before - the object as it was; absent: it is new.
 * @param after - as it was put there; absent: it was deleted.
 * @throws ICalendarError where instances have to be worked out and can't be; ItipError when a message can't be made.
 * @see RFC 6638 §3.2.1; RFC 5546 §3.2.2, §3.2.5.
 */
export function organizerChange(
  before: Series | undefined,
  after: Series | undefined,
  context: OutgoingContext,
): Outgoing {
  const self = addressesOf(context.user, context.aliases);
  const kept = after && (context.cause === 'answer' ? after : withRevisions(before, after));
  const people = concerned(peopleOf(before, kept, speakerOf(before, kept) ?? self), context);
  const scope: Scope = {
    before,
    after: kept && raisedAbove(kept, before?.master ? people : []),
    context,
    now: stampAfter(before, context.now),
  };
  const messages = circlesOf(people).flatMap((circle) => messagesFor(scope, circle));
  return {
    stored: scope.after && noteSending(scope.after, messages, scope.now),
    messages,
    role: 'organizer',
    forbidden: [],
  };
}

/**
 * Of an answer only those hear who knew of the meeting before: a delegate is invited by the delegator. Where there are
 * many, nobody does, for each answer would be a message to everybody.
 */
function concerned(people: readonly Person[], { cause, policy }: OutgoingContext): readonly Person[] {
  if (cause !== 'answer') return people;
  const few = people.length <= resolvePolicy(policy).sharedAnswers;
  return few ? people.filter(({ before }) => before.length > 0) : [];
}

/** The changed object with every component's SEQUENCE and answers put right. */
function withRevisions(before: Series | undefined, after: Series): Series {
  const edits: Edit[] = membersOf(after).map((member) => {
    const former = formerOf(before, after, member);
    return {
      do: 'replace',
      at: member.at,
      with: revised({ component: member.component, within: after.zoned }, former),
    };
  });
  const restored = before ? restoredInstances(before, after) : [];
  const added = restored.map((component): Edit => ({ do: 'add', component }));
  const calendar = applyEdits(after.zoned.calendar, [...edits, ...added]);
  const type = membersOf(after)[0]?.component.name ?? 'VEVENT';
  return seriesOf(zoned(calendar), type);
}

/** The new organizer, where the organizer changed: the old one is somebody else then. @see RFC 5546 §3.2.2.4. */
function speakerOf(before: Series | undefined, after: Series | undefined): Addresses | undefined {
  const [was, is] = [before, after].map((series) => series && organizerLine(series));
  if (!was || !is || addressKey(was.value) === addressKey(is.value)) return undefined;
  return new Set([addressKey(is.value)]);
}

/**
 * Who is off the series but still on instances gets a CANCEL and a REQUEST. The instances' SEQUENCE is raised above the
 * CANCEL's, so that their order doesn't matter, and these people are asked anew: they had answered for a series.
 */
function raisedAbove(series: Series, people: readonly Person[]): Series {
  const { master, zoned: within } = series;
  const moved = people.filter(({ before, after }) => before.includes(0) && after.length > 0 && !after.includes(0));
  if (!master || moved.length === 0) return series;
  const least = revisionOf(master.component).sequence + 1;
  const edits = membersOf(series).flatMap(({ component, at }, place): readonly Edit[] => {
    const asked = new Set(moved.filter(({ after }) => after.includes(place)).map(({ key }) => key));
    if (asked.size === 0) return [];
    const sequence = Math.max(least, revisionOf(component).sequence + 1);
    return [{ do: 'replace', at, with: raisedTo(component, sequence, asked) }];
  });
  return seriesOf(zoned(applyEdits(within.calendar, edits)), master.component.name);
}

/** Clocks that are not wrong by more than this are kept in order. */
const maxSkewMs = 3_600_000;

/** Now, or a second after the last version, so that no two versions look the same. @see RFC 5546 §2.1.5 rule 4. */
function stampAfter(before: Series | undefined, now: EpochMs): EpochMs {
  const stamps = (before ? membersOf(before) : []).map(({ component }) => {
    const value = readDate(propertyValue(component, 'DTSTAMP')?.trim() ?? '');
    return value ? utcZone.toEpoch(value) : 0;
  });
  const last = Math.max(0, ...stamps.filter((stamp) => stamp - now <= maxSkewMs));
  return epochMs(Math.max(now, last + 2000));
}

function messagesFor(scope: Scope, circle: Circle): readonly OutgoingMessage[] {
  const told = cancelledFor(scope, circle);
  const cancelled = told ? [cancellation(scope, circle, told)] : [];
  if (circle.after.length === 0 || told?.only) return cancelled;
  // Who is called off the series and asked for instances gets both; the second is the later one, whatever comes first.
  const later = told ? { ...scope, now: epochMs(scope.now + 1000) } : scope;
  return [...cancelled, ...requests(later, circle)];
}

function requests(scope: Scope, circle: Circle): readonly OutgoingMessage[] {
  const { after, context, now } = scope;
  if (!after) return [];
  const person = new Set([(circle.people[0] as Person).key]);
  const components = componentsFor(after, person, { ...context, now });
  if (components.every(isCancelled)) return [];
  const wasTold = circle.before.length > 0 && scope.before !== undefined;
  const former = wasTold && scope.before ? componentsFor(scope.before, person, { ...context, now }) : [];
  const pairs = comparedWith(scope, former, components);
  const changes = pairs.flatMap(changeIn);
  const message = composeMessage('REQUEST', components, {
    productId: context.productId,
    from: after.zoned.calendar,
  });
  const view: View = { wasTold, changes, another: isAnother(pairs, former), said: linesThatChanged(pairs) };
  const groups = Map.groupBy(circle.people, (one) => urgency(scope, one, view));
  return (['significant', 'quiet'] as const).flatMap((kind) => {
    const people = groups.get(kind);
    if (!people) return [];
    return [{ to: people.map(({ address }) => address), message, significant: kind === 'significant', changes }];
  });
}

/** What a circle's view of the object was and is. */
interface View {
  readonly wasTold: boolean;
  readonly changes: readonly Change[];
  /** It is another version for them. */
  readonly another: boolean;
  /** Attendees whose line is another one, with the line that they have now. */
  readonly said: ReadonlyMap<string, Property | undefined>;
}

function urgency(
  scope: Scope,
  person: Person,
  { wasTold, changes, another, said }: View,
): 'significant' | 'quiet' | 'none' {
  if (!wasTold || person.forced) return 'significant';
  const names = changes.flatMap(({ properties: changed }) => changed);
  if (isSignificant(names)) return 'significant';
  if (names.some((name) => name !== 'ATTENDEE')) return 'quiet';
  if (isAskedAgain(scope, person)) return 'significant';
  if (another) return 'quiet';
  return [...said].some(([key, line]) => isNewsFor(person.key, key, line)) ? 'quiet' : 'none';
}

/** What people said themselves, or of whom they sent instead, is no news to them. */
function isNewsFor(person: string, key: string, line: Property | undefined): boolean {
  return key !== person && !(line && addressesIn(line, 'DELEGATED-FROM').includes(person));
}

/** Whether the organizer took this person's answer back. */
function isAskedAgain({ before, after }: Scope, { key }: Person): boolean {
  return lastReset(after, key) > lastReset(before, key);
}

function lastReset(series: Series | undefined, key: string): number {
  const lines = (series ? membersOf(series) : []).flatMap(({ component }) =>
    properties(component, 'ATTENDEE').filter((line) => addressKey(line.value) === key),
  );
  return Math.max(0, ...lines.map((line) => sequenceNumber(parameter(line, resetParameter))));
}

/**
 * The organizer's copy after sending: DTSTAMP of what was sent, SCHEDULE-STATUS `1.0` (pending) for those it was sent
 * to, and no SCHEDULE-FORCE-SEND.
 *
 * @see RFC 6638 §3.2.5, §3.2.9, §7.2.
 */
function noteSending(series: Series, messages: readonly OutgoingMessage[], now: EpochMs): Component {
  const told = new Set(messages.flatMap(({ to }) => to.map(addressKey)));
  const sent = messages.length > 0;
  const edits = membersOf(series).map(({ component, at }): Edit => {
    const noted = mapChildren(component, (child) => {
      if (child.kind !== 'property' || child.name !== 'ATTENDEE') return child;
      const pending = told.has(addressKey(child.value)) ? withParameter(child, 'SCHEDULE-STATUS', '1.0') : child;
      return withoutForce(pending);
    });
    const shared = withoutProperties(noted, ownInstance);
    return { do: 'replace', at, with: sent ? withProperty(shared, makeProperty('DTSTAMP', formatUtc(now))) : noted };
  });
  return applyEdits(series.zoned.calendar, edits);
}

/** Says whether a person organizes an object. @throws nothing. */
export function organizes(series: Series, self: Addresses): boolean {
  return membersOf(series).some(({ component }) => self.has(organizerKey(component) ?? ''));
}
