import {
  type Component,
  property,
  withChildren,
  withoutProperties,
  withProperty,
  makeProperty,
} from '@isched/icalendar';
import { addressesIn, addressKey, attendeeLine, participationOf } from '../attendee.ts';
import { ignored, type Judgement, plan } from '../judgement.ts';
import { agentOf } from '../outgoing/agent.ts';
import { withoutForeign } from '../personal.ts';
import { compareRevisions, revisionOf } from '../revision.ts';
import { type Member, membersOf, organizerLine, type Series } from '../series.ts';
import { changeOf } from '../snapshot.ts';
import { isOwnEntry, refuseForeignOrganizer, type Scene } from './scene.ts';
import { judgeUpdate } from './update.ts';

/**
 * REQUEST: an invitation, or a newer version of something that is known already.
 *
 * @throws ICalendarError where a rule or date that has to be worked out can't be.
 * @see RFC 5546 §3.2.2, §3.4.2.
 */
export function judgeRequest(scene: Scene): Judgement {
  const { message, stored, policy, user } = scene;
  const foreign = isDelegation(scene) ? undefined : refuseForeignOrganizer(scene);
  if (foreign) return foreign;
  if (isOwnEntry(scene)) return ignored('own-entry');
  if (policy.unlisted === 'ignore' && !message.components.some((each) => attendeeLine(each, user))) {
    return ignored('not-invited');
  }
  if (stored) return isTakenOver(scene, stored) ? judgeInvitation(scene) : judgeUpdate({ ...scene, stored });
  return policy.updatesOnly ? ignored('updates-only') : judgeInvitation(scene);
}

/**
 * Whether the organizer's server now schedules what the attendee's client had stored to schedule by itself: nothing of
 * that copy was agreed on.
 */
function isTakenOver({ incoming }: Scene, stored: Series): boolean {
  const [before, now] = [stored, incoming].map((series) => organizerLine(series));
  const { master } = incoming;
  if (!master || !before || !now || agentOf(before) === 'SERVER' || agentOf(now) !== 'SERVER') return false;
  const known = (membersOf(stored)[0] as Member).component;
  return compareRevisions(revisionOf(master.component), revisionOf(known)) !== 'older';
}

/** An attendee hands the request on to this person, whose line says from whom: it is the organizer's request all the same. */
function isDelegation({ message, context, stored, user }: Scene): boolean {
  if (context.sender === undefined || stored) return false;
  const sender = addressKey(context.sender);
  return message.components.every((component) => {
    const line = attendeeLine(component, user);
    return line !== undefined && addressesIn(line, 'DELEGATED-FROM').includes(sender);
  });
}

function judgeInvitation(scene: Scene): Judgement {
  const { message, incoming } = scene;
  const calendar = withoutProperties(message.calendar, 'METHOD');
  const children = calendar.children.map((child) =>
    child.kind === 'component' && child.name === message.componentType ? settle(child, scene) : child,
  );
  const changes = membersOf(incoming).map(({ component }) =>
    changeOf(undefined, { component, within: incoming.zoned }),
  );
  return plan(incoming.master ? 'new-invitation' : 'instance-invitation', {
    store: { calendar: withChildren(calendar, children) },
    changes,
  });
}

/** A component of a message, as somebody who did not know it keeps it. @throws nothing. */
export function settle(component: Component, { policy, user }: Pick<Scene, 'policy' | 'user'>): Component {
  const clean = withoutForeign(component, policy);
  const line = attendeeLine(clean, user);
  const waits = line !== undefined && participationOf(line) === 'NEEDS-ACTION' && component.name === 'VEVENT';
  if (!policy.transparentUntilAnswered || !waits) return clean;
  return withProperty(clean, property(clean, 'TRANSP') ?? makeProperty('TRANSP', 'TRANSPARENT'));
}
