import { type Component, type Property, properties } from '@isched/icalendar';
import { addressKey, attendeeLine } from '../attendee.ts';
import { ignored, type Judgement, refused } from '../judgement.ts';
import type { ItipMessage } from '../message.ts';
import { composeMessage } from '../outgoing/compose.ts';
import { asCancellation, componentsFor, forSending, isCancelled } from '../outgoing/request-for.ts';
import { revisionOf } from '../revision.ts';
import { membersOf, type Series } from '../series.ts';
import { isOwnEntry, type Scene } from './scene.ts';

/**
 * REFRESH: an attendee asks for the current version, and gets it.
 *
 * @throws nothing.
 * @see RFC 5546 §3.2.6, §3.4.6, §4.4.8, §4.7.2.
 */
export function judgeRefresh(scene: Scene): Judgement {
  const { stored, message, context } = scene;
  const asking = message.components.flatMap((component) => properties(component, 'ATTENDEE'))[0];
  const sender = context.sender && addressKey(context.sender);
  const key = sender ?? (message.attendees.length === 1 && asking ? addressKey(asking.value) : undefined);
  if (key === undefined) return refused(asking ? 'several-attendees' : 'attendee-missing');
  if (!stored) return refused('entry-unknown');
  if (!isOwnEntry(scene)) return refused('not-the-organizer');
  const answer = currentVersion(scene, stored, key);
  return answer ? ignored('refresh-answered', { replies: [answer] }) : refused('uninvited-refused');
}

function currentVersion({ context, policy }: Scene, stored: Series, key: string): ItipMessage | undefined {
  const person = new Set([key]);
  const options = { now: context.now, policy, productId: context.productId };
  const components = componentsFor(stored, person, options);
  const first = membersOf(stored).find(({ component }) => attendeeLine(component, person))?.component;
  if (!first) return undefined;
  const called = first.children.length > 0 && isCancelled(first);
  if (!called && components.length > 0)
    return composeMessage('REQUEST', components, { ...options, from: stored.zoned.calendar });
  const line = attendeeLine(first, person) as Property;
  const call = cancelled(first, line, forSending(first, context.now, policy));
  return composeMessage('CANCEL', [call], { productId: context.productId, from: stored.zoned.calendar });
}

function cancelled(component: Component, line: Property, sent: Component): Component {
  return asCancellation(sent, [{ ...line, parameters: [], source: undefined }], revisionOf(component).sequence);
}
