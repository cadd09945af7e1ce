import type { Component, Property } from '@isched/icalendar';
import { type Addresses, addressesIn, addressKey, addressesOf, organizerKey } from '../attendee.ts';
import type { JudgeContext, Refusal } from '../judgement.ts';
import { refused } from '../judgement.ts';
import type { ItipMessage } from '../message.ts';
import { type ItipPolicy, resolvePolicy } from '../policy.ts';
import { membersOf, organizerLine, type Series, seriesOf } from '../series.ts';
import { zoned } from '../zoned.ts';

/** Everything a judge looks at: the message, what is stored, and who looks. */
export interface Scene {
  readonly message: ItipMessage;
  readonly incoming: Series;
  /** Absent: nothing with this UID is stored. */
  readonly stored?: Series | undefined;
  readonly context: JudgeContext;
  readonly policy: ItipPolicy;
  readonly user: Addresses;
}

/** A scene in which something is stored. */
export interface StoredScene extends Scene {
  readonly stored: Series;
}

/** Puts a message beside what is stored. @throws nothing. */
export function sceneOf(message: ItipMessage, stored: Component | undefined, context: JudgeContext): Scene {
  const series = stored && seriesOf(zoned(stored), message.componentType, message.uid);
  return {
    message,
    incoming: seriesOf(zoned(message.calendar), message.componentType),
    stored: series && membersOf(series).length > 0 ? series : undefined,
    context,
    policy: resolvePolicy(context.policy),
    user: addressesOf(context.user, context.aliases),
  };
}

/** The normalised address of an object's organizer. @throws nothing. */
export function storedOrganizer(series: Series): string | undefined {
  for (const { component } of membersOf(series)) {
    const key = organizerKey(component);
    if (key !== undefined) return key;
  }
  return undefined;
}

/** Says whether the person whose calendar this is organizes what is stored, or what the message is about. @throws nothing. */
export function isOwnEntry({ stored, incoming, user }: Scene): boolean {
  const key = (stored && storedOrganizer(stored)) ?? storedOrganizer(incoming);
  return key !== undefined && user.has(key);
}

/**
 * Whether a message in the organizer's voice is the organizer's: the stored entry, the message and the sender must name
 * one person.
 *
 * @returns why not; undefined: it is.
 * @throws nothing.
 * @see RFC 5546 §6.1.1, §3.2.2.4, §3.2.2.5.
 */
export function refuseForeignOrganizer(scene: Scene): Refusal | undefined {
  const { stored, incoming, policy, context } = scene;
  const named = organizerLine(incoming);
  if (stored && policy.organizerChange === 'refuse') {
    const known = storedOrganizer(stored);
    const claimed = named ? addressKey(named.value) : context.sender && addressKey(context.sender);
    if (claimed === undefined && known !== undefined) return refused('organizer-missing');
    if (claimed !== known) return refused('organizer-differs');
  }
  return refuseForeignSender(scene, named);
}

function refuseForeignSender({ context, stored, policy }: Scene, named: Property | undefined): Refusal | undefined {
  if (context.sender === undefined || named === undefined) return undefined;
  const sender = addressKey(context.sender);
  if (sender === addressKey(named.value)) return undefined;
  if (policy.sentBy !== 'never' && addressesIn(named, 'SENT-BY').includes(sender)) {
    const known = stored && organizerLine(stored);
    if (policy.sentBy === 'always' || !known || addressesIn(known, 'SENT-BY').includes(sender)) return undefined;
  }
  return refused('sender-not-organizer');
}
