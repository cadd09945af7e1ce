import {
  type Component,
  mapChildren,
  type Property,
  properties,
  property,
  propertyValue,
  withAddedProperties,
  withParameter,
  withProperty,
} from '@isched/icalendar';
import {
  type Addresses,
  addressesIn,
  addressesOf,
  addressKey,
  addressOf,
  attendeeLine,
  participationOf,
} from '../attendee.ts';
import type { Change, Edit } from '../judgement.ts';
import { applyEdits } from '../merge.ts';
import type { ItipMessage } from '../message.ts';
import { madeByKeeper } from '../personal.ts';
import { resolvePolicy } from '../policy.ts';
import { findOverride, type Member, membersOf, organizerLine, type Series } from '../series.ts';
import { momentKey, momentOf } from '../zoned.ts';
import { agentOf, forcedMethod, withoutForce } from './agent.ts';
import { forbiddenChanges } from './allowed-changes.ts';
import { composeMessage } from './compose.ts';
import { excludedMoments } from '../excluded.ts';
import { type Outgoing, type OutgoingContext, silent } from './outgoing.ts';
import { replyComponent } from './reply.ts';
import { refusalsOf, withOwnExclusions } from './thrown-out.ts';
import { withAnswer } from './with-answer.ts';
import { isCancelled } from './request-for.ts';
import { formerOf } from './revise.ts';

/**
 * What an attendee's change of their own copy means for the organizer: an answer, or nothing.
 *
 * @param before - their copy as it was; absent: it is new.
 * @param after - as it was put there; absent: it was deleted.
 * @throws ICalendarError where instances have to be worked out and can't be; ItipError when a message can't be made.
 * @see RFC 6638 §3.2.2; RFC 5546 §3.2.3.
 */
export function attendeeChange(
  before: Series | undefined,
  after: Series | undefined,
  context: OutgoingContext,
): Outgoing {
  const user = addressesOf(context.user, context.aliases);
  const series = (after ?? before) as Series;
  const kept = after && withOrganizersRevision(before, after);
  const organizer = organizerLine(series);
  const to = addressOf(organizer);
  const forbidden =
    before && after ? forbiddenChanges(before, after, { user, policy: resolvePolicy(context.policy) }) : [];
  if (!organizer || !to || agentOf(organizer) !== 'SERVER') {
    return { ...silent(kept && applyEdits(series.zoned.calendar, edited(after, kept)), 'attendee'), forbidden };
  }
  const forced = after !== undefined && forcedMethod(organizer) === 'REPLY';
  const answers = after ? answersOf(before, after, { user, forced }) : before ? refusals(before, user) : [];
  const stored =
    after &&
    kept &&
    applyEdits(
      after.zoned.calendar,
      edited(
        after,
        kept.map((each) => noteSending(each, answers.length > 0)),
      ),
    );
  if (answers.length === 0) return { ...silent(stored, 'attendee'), forbidden };
  return {
    stored,
    messages: [
      {
        to: [to],
        message: answerMessage(series, answers, context),
        significant: true,
        changes: answers.map(changeOf),
      },
    ],
    role: 'attendee',
    forbidden,
  };
}

function edited(after: Series | undefined, components: readonly Component[]): readonly Edit[] {
  if (!after) return [];
  return membersOf(after).map(({ at }, index): Edit => ({ do: 'replace', at, with: components[index] as Component }));
}

function changeOf(component: Component): Change {
  const recurrenceId = propertyValue(component, 'RECURRENCE-ID');
  return { ...(recurrenceId === undefined ? {} : { recurrenceId }), properties: ['ATTENDEE'] };
}

function answerMessage(series: Series, answers: readonly Component[], context: OutgoingContext): ItipMessage {
  const user = addressesOf(context.user, context.aliases);
  const made = answers.map((component) => {
    const reply = replyComponent(withSummary(component, series), user, { now: context.now });
    return withAddedProperties(reply, delegateLines(component, user));
  });
  return composeMessage('REPLY', made, { productId: context.productId, from: series.zoned.calendar });
}

/** An instance without a summary has that of its series. */
function withSummary(component: Component, { master }: Series): Component {
  const line = master && property(master.component, 'SUMMARY');
  return line && !property(component, 'SUMMARY') ? withProperty(component, line) : component;
}

/** Whom the person sends instead. @see RFC 5546 §3.2.2.3. */
function delegateLines(component: Component, user: Addresses): readonly Property[] {
  const own = attendeeLine(component, user);
  if (!own || participationOf(own) !== 'DELEGATED') return [];
  const keys = new Set(addressesIn(own, 'DELEGATED-TO'));
  return properties(component, 'ATTENDEE').filter((line) => keys.has(addressKey(line.value)));
}

interface Asking {
  readonly user: Addresses;
  readonly forced: boolean;
}

/** The components in which the person says something new. */
function answersOf(before: Series | undefined, after: Series, asking: Asking): readonly Component[] {
  const { user } = asking;
  const general = before?.master && after.master && answerTo(after.master, user);
  const changed = general !== undefined && before?.master && general !== answerTo(before.master, user);
  const said = membersOf(after).flatMap((member): readonly Component[] => {
    const line = attendeeLine(member.component, user);
    if (!line || isCancelled(member.component)) return [];
    const former = formerOf(before, after, member);
    // An answer to the series doesn't hold for instances that were answered otherwise; the organizer may not know them.
    const apart = changed && member.recurrenceId !== undefined && participationOf(line) !== general;
    return apart || saysNews(member.component, former?.component, asking) ? [member.component] : [];
  });
  return before
    ? [...said, ...refusalsOf(before, after, { user, answered: changed === true }), ...takenBack(before, after, user)]
    : said;
}

/** Whether a component says something else of the person than before. */
function saysNews(component: Component, former: Component | undefined, { user, forced }: Asking): boolean {
  const line = attendeeLine(component, user) as Property;
  const status = participationOf(line);
  if (forced) return true;
  if (status === 'NEEDS-ACTION') return false;
  const known = former && attendeeLine(former, user);
  if (!known || !former) return true;
  const same = participationOf(known) === status && delegated(known) === delegated(line);
  return !same || progress(former) !== progress(component);
}

const delegated = (line: Property): string => addressesIn(line, 'DELEGATED-TO').join();

/** How far a to-do is. */
function progress(component: Component): string {
  if (component.name !== 'VTODO') return '';
  return ['PERCENT-COMPLETE', 'COMPLETED'].map((name) => propertyValue(component, name) ?? '').join('/');
}

function answerTo({ component }: Member, user: Addresses): string | undefined {
  const line = attendeeLine(component, user);
  return line && participationOf(line);
}

/** Instances for which the person no longer says something else than for the series. */
function takenBack(before: Series, after: Series, user: Addresses): readonly Component[] {
  const master = after.master?.component;
  const general = master && attendeeLine(master, user);
  if (!master || !general || participationOf(general) === 'NEEDS-ACTION') return [];
  const out = new Set(excludedMoments(master, after.zoned).map(({ key }) => key));
  return before.overrides.flatMap((member): readonly Component[] => {
    const line = member.recurrenceId as Property;
    const own = attendeeLine(member.component, user);
    const moment = momentOf(line, before.zoned);
    if (!own || !moment || out.has(momentKey(moment)) || isCancelled(member.component)) return [];
    if (findOverride(after, line, before.zoned) || participationOf(own) === participationOf(general)) return [];
    return [withAnswer(member.component, user, participationOf(general))];
  });
}

/** Deleting the copy is a no to all that was not refused yet. @see RFC 6638 §3.2.2.4, §8.1. */
function refusals(before: Series, user: Addresses): readonly Component[] {
  return membersOf(before).flatMap(({ component }): readonly Component[] => {
    const own = attendeeLine(component, user);
    if (!own || isCancelled(component) || participationOf(own) === 'DECLINED') return [];
    return [withAnswer(component, user, 'DECLINED')];
  });
}

/** The person's copy with the organizer's SEQUENCE and DTSTAMP, which are not theirs to change: they order messages. */
function withOrganizersRevision(before: Series | undefined, after: Series): readonly Component[] {
  return membersOf(after).map((member) => {
    const known = formerOf(before, after, member);
    const former = known?.component;
    if (!former) return member.component;
    const made = known.derived ? madeByKeeper(member.component) : member.component;
    const noted = withOwnExclusions(before, after, made);
    return ['SEQUENCE', 'DTSTAMP'].reduce((component, name) => {
      const line = property(former, name);
      return line && propertyValue(component, name) !== line.value ? withProperty(component, line) : component;
    }, noted);
  });
}

/** @see RFC 6638 §3.2.9, §7.2, §7.3. */
function noteSending(component: Component, sent: boolean): Component {
  return mapChildren(component, (child) => {
    if (child.kind !== 'property' || (child.name !== 'ORGANIZER' && child.name !== 'ATTENDEE')) return child;
    const plain = withoutForce(child);
    return sent && child.name === 'ORGANIZER' ? withParameter(plain, 'SCHEDULE-STATUS', '1.0') : plain;
  });
}
