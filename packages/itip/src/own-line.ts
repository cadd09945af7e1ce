import { type Component, type Property, parameter, properties, withParameter } from '@isched/icalendar';
import { type Addresses, addressesIn, addressKey, participationOf, withAttendeeLine } from './attendee.ts';
import { resetParameter } from './personal.ts';
import { sequenceNumber } from './revision.ts';

/**
 * Whether the organizer says that this person's answer no longer counts.
 *
 * @param line - the person's line in the message.
 * @param sequence - the SEQUENCE of the version the person knows.
 * @throws nothing.
 * @see peers-on-the-wire §2.
 */
export function isReset(line: Property, sequence: number): boolean {
  const since = parameter(line, resetParameter);
  return since !== undefined && sequence < sequenceNumber(since);
}

/**
 * Whether the one whom a person sends instead has declined, and the organizer asks the person anew.
 *
 * @param said - the person's line in the message.
 * @param answer - the person's own line.
 * @throws nothing.
 * @see RFC 5546 §4.2.7.
 */
export function isHandedBack(component: Component, said: Property, answer: Property): boolean {
  if (participationOf(answer) !== 'DELEGATED' || participationOf(said) === 'DELEGATED') return false;
  const delegates = addressesIn(answer, 'DELEGATED-TO');
  return properties(component, 'ATTENDEE').some(
    (line) => delegates.includes(addressKey(line.value)) && participationOf(line) === 'DECLINED',
  );
}

/**
 * The component with this person's own answer kept: what they said stays until the meeting really moves.
 *
 * @param own - their line in the version they know; absent: they are new; `reset`: their answer no longer counts.
 * @throws nothing.
 */
export function withOwnAnswer(component: Component, user: Addresses, own: Property | 'reset' | undefined): Component {
  if (own === 'reset') {
    return withAttendeeLine(component, user, (line) => withParameter(line, 'PARTSTAT', 'NEEDS-ACTION'));
  }
  if (!own || participationOf(own) === 'NEEDS-ACTION') return component;
  return withAttendeeLine(component, user, (line) => {
    const answered = withParameter(line, 'PARTSTAT', participationOf(own));
    const delegate = own.parameters.find((each) => each.name === 'DELEGATED-TO');
    if (!delegate) return answered;
    const others = answered.parameters.filter((each) => each.name !== 'DELEGATED-TO');
    return { ...answered, parameters: [...others, delegate], source: undefined };
  });
}
