import { type Component, type Property, property, propertyValue } from '@isched/icalendar';
import { type Addresses, addressesOf, attendeeLine, organizerKey, participationOf } from '../attendee.ts';
import { instanceOfSeries, recurrenceIdAt } from '../derive.ts';
import type { Edit } from '../judgement.ts';
import { applyEdits } from '../merge.ts';
import type { ItipMessage } from '../message.ts';
import { agentOf } from '../outgoing/agent.ts';
import { composeMessage } from '../outgoing/compose.ts';
import { answeredComponent, replyComponent } from '../outgoing/reply.ts';
import { madeByKeeper } from '../personal.ts';
import { type Member, membersOf, type Series, seriesOf } from '../series.ts';
import { zoned } from '../zoned.ts';
import { lookUp, type Room } from './occupancy.ts';
import type { AutoScheduleOptions } from './options.ts';
import { explain } from './explain.ts';
import { type AnswerCause, type Verdict, verdictOf, verdictOnNew } from './verdict.ts';

/** What a room answered. */
export interface AutoScheduled {
  /** The room's copy with the answers in it. */
  readonly stored: Component;
  /** The REPLY to the organizer. */
  readonly message: ItipMessage;
  readonly answers: readonly AutoAnswer[];
}

/** The answer for one component. */
export interface AutoAnswer {
  /** The RECURRENCE-ID's value; absent: the series or the only component. */
  readonly recurrenceId?: string | undefined;
  readonly participationStatus: 'ACCEPTED' | 'DECLINED';
  readonly because: AnswerCause;
}

/**
 * A room's answer to an invitation that has just been merged. Whoever calls this holds the room's lock from reading the
 * busy time until the copy is stored: then who comes first is served first.
 *
 * @param stored - the room's copy, after `merge`.
 * @returns undefined where there is nothing to answer, or the mode leaves it to people.
 * @throws nothing that the copy could cause: a rule that can't be worked out counts as taken time.
 * @see RFC 5546 §3.2.3; decision 0057.
 */
export function autoSchedule(stored: Component, options: AutoScheduleOptions): AutoScheduled | undefined {
  if (options.mode === 'none') return undefined;
  const user = addressesOf(options.user, options.aliases);
  const series = seriesOf(zoned(stored), 'VEVENT');
  const asked = membersOf(series).filter(({ component }) => isAsked(component, user));
  if (asked.length === 0) return undefined;
  const room = lookUp(stored, options);
  const answered = asked.flatMap((member) => answersFor({ series, user, member }, verdictFor(member, user, room)));
  if (answered.length === 0) return undefined;
  return {
    stored: applyEdits(
      stored,
      answered.map(({ edit }) => edit),
    ),
    message: composeMessage(
      'REPLY',
      answered.map(({ component, status, because }) =>
        replyComponent(component, user, {
          now: options.now,
          ...(status === 'DECLINED' ? explain(because, options) : {}),
        }),
      ),
      { from: stored, productId: options.productId },
    ),
    answers: answered.map(({ component, status, because }) => ({
      recurrenceId: propertyValue(component, 'RECURRENCE-ID')?.trim(),
      participationStatus: status,
      because,
    })),
  };
}

/** A room answers for what somebody else invites it to, unless the answers are sent by other means. */
function isAsked(component: Component, user: Addresses): boolean {
  const organizer = property(component, 'ORGANIZER');
  if (!organizer || user.has(organizerKey(component) ?? '') || agentOf(organizer) !== 'SERVER') return false;
  if (propertyValue(component, 'STATUS')?.trim().toUpperCase() === 'CANCELLED') return false;
  return attendeeLine(component, user) !== undefined;
}

function verdictFor({ component }: Member, user: Addresses, room: Room): Verdict {
  const said = participationOf(attendeeLine(component, user) as Property);
  if (said === 'NEEDS-ACTION') return verdictOf(room.question(component));
  const attends = said === 'ACCEPTED' || said === 'TENTATIVE';
  return attends ? verdictOnNew(room.question(component), room.isNew) : { exceptions: [] };
}

type Status = AutoAnswer['participationStatus'];

interface Answered {
  readonly component: Component;
  readonly status: Status;
  readonly because: AnswerCause;
  readonly edit: Edit;
}

/** Whose answer for which part of the series. */
interface Asked {
  readonly series: Series;
  readonly user: Addresses;
  readonly member: Member;
}

function answersFor({ series, user, member }: Asked, { answer, exceptions }: Verdict): readonly Answered[] {
  const whole = answer && answeredComponent(member.component, user, { participationStatus: answer.status });
  const own: readonly Answered[] =
    whole && answer ? [{ component: whole, ...answer, edit: { do: 'replace', at: member.at, with: whole } }] : [];
  const declined = exceptions.map(({ recurrenceId }): Answered => {
    const instance = instanceOfSeries(series, recurrenceIdAt((series.master as Member).component, recurrenceId));
    const component = answeredComponent(instance, user, { participationStatus: 'DECLINED' });
    return { component, status: 'DECLINED', because: 'taken', edit: { do: 'add', component: madeByKeeper(component) } };
  });
  return [...own, ...declined];
}
