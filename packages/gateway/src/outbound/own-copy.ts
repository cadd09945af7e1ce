import {
  type CalAddress,
  calAddressKey,
  type Component,
  makeProperty,
  mapChildren,
  parseCalAddress,
  property,
  propertyValue,
  subcomponents,
  withChildren,
  withoutProperties,
  withProperty,
} from '@isched/icalendar';
import {
  compareRevisions,
  isOutdatedAnswer,
  type ItipMessage,
  judge,
  merge,
  revisionOf,
  withAnswerNotes,
} from '@isched/itip';
import { epochMs } from '@isched/values';

/**
 * What the sender's own calendar holds after sending a message: an organizer keeps what was sent, an attendee's answer
 * stands in the attendee's own copy too. What is older than what is stored changes nothing.
 *
 * @param stored - the sender's object with the message's UID, if there is one.
 * @returns the object to store, or nothing where the message changes no calendar of the sender's.
 * @throws nothing.
 */
export function ownCopy(
  message: ItipMessage,
  stored: Component | undefined,
  sender: CalAddress,
): Component | undefined {
  if (message.componentType === 'VFREEBUSY') return undefined;
  switch (message.method) {
    case 'REQUEST':
    case 'PUBLISH':
      return withSent(message, stored);
    case 'ADD':
      return stored ? withAdded(message, stored) : withSent(message, stored);
    case 'CANCEL':
      return stored && withCancelled(message, stored);
    case 'REPLY':
      return stored && withAnswer(message, stored, calAddressKey(sender));
    case 'REFRESH':
    case 'COUNTER':
    case 'DECLINECOUNTER':
      return undefined;
    default:
      return message.method satisfies never;
  }
}

/** A message with the whole series stands for itself; one with single instances is laid over what is stored. */
function withSent(message: ItipMessage, stored: Component | undefined): Component | undefined {
  const sent = withoutProperties(message.calendar, 'METHOD');
  if (!stored) return sent;
  const series = message.components.find((component) => instanceOf(component) === undefined);
  const known = storedInstances(message, stored);
  if (series) return isOutdated(series, known) ? undefined : sent;
  const components = message.components.filter((component) => !isOutdated(component, known));
  if (components.length === 0) return undefined;
  const sentInstances = new Set(components.map(instanceOf));
  const kept = mapChildren(stored, (child) =>
    child.kind === 'component' && sentInstances.has(instanceOf(child)) && child.name === message.componentType
      ? undefined
      : child,
  );
  return withChildren(kept, [...kept.children, ...components]);
}

/** One instance more, as it comes into a calendar of whoever is invited. */
function withAdded(message: ItipMessage, stored: Component): Component | undefined {
  const judgement = judge(message, stored, { user: nobody, now: epochMs(0) });
  return judgement.status === 'merge' ? merge(judgement, stored) : undefined;
}

/** Neither organizer nor attendee. */
const nobody = 'mailto:nobody@isched.invalid' as CalAddress;

function storedInstances(
  { componentType }: ItipMessage,
  stored: Component,
): ReadonlyMap<string | undefined, Component> {
  return new Map(subcomponents(stored, componentType).map((component) => [instanceOf(component), component]));
}

/** What is stored of the instance is newer than what was sent. @see RFC 5546 §2.1.5. */
function isOutdated(sent: Component, stored: ReadonlyMap<string | undefined, Component>): boolean {
  const known = stored.get(instanceOf(sent));
  return known !== undefined && compareRevisions(revisionOf(sent), revisionOf(known)) === 'older';
}

function withCancelled(message: ItipMessage, stored: Component): Component | undefined {
  const known = storedInstances(message, stored);
  const components = message.components.filter((component) => !isOutdated(component, known));
  if (components.length === 0) return undefined;
  const cancelled = new Map(components.map((component) => [instanceOf(component), component]));
  const series = cancelled.get(undefined);
  return changeComponents(stored, message.componentType, (component) => {
    const by = cancelled.get(instanceOf(component)) ?? series;
    if (!by) return component;
    const sequence = propertyValue(by, 'SEQUENCE') ?? propertyValue(component, 'SEQUENCE') ?? '0';
    return withProperty(
      withProperty(component, makeProperty('STATUS', 'CANCELLED')),
      makeProperty('SEQUENCE', sequence),
    );
  });
}

/** Where the attendee has answered later, or the meeting has changed since, the answer changes nothing. */
function withAnswer(message: ItipMessage, stored: Component, senderKey: string): Component | undefined {
  const answers = new Map(message.components.map((component) => [instanceOf(component), component]));
  const answered = changeComponents(stored, message.componentType, (component) => {
    const reply = answers.get(instanceOf(component));
    const said = reply && property(reply, 'ATTENDEE');
    if (!said) return component;
    return mapChildren(component, (child) => {
      const isOwnLine = child.kind === 'property' && child.name === 'ATTENDEE' && keyOf(child.value) === senderKey;
      if (!isOwnLine || isOutdatedAnswer({ line: child, component, reply })) return child;
      return withAnswerNotes({ line: said, component, reply });
    });
  });
  return answered === stored ? undefined : answered;
}

function changeComponents(calendar: Component, name: string, change: (component: Component) => Component): Component {
  return subcomponents(calendar, name).length === 0
    ? calendar
    : mapChildren(calendar, (child) => (child.kind === 'component' && child.name === name ? change(child) : child));
}

function instanceOf(component: Component): string | undefined {
  return propertyValue(component, 'RECURRENCE-ID')?.trim();
}

function keyOf(address: string): string | undefined {
  try {
    return calAddressKey(parseCalAddress(address));
  } catch {
    return undefined; // an address nobody can read is nobody's
  }
}
