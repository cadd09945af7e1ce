import {
  type Component,
  mapChildren,
  type Parameter,
  type Property,
  properties,
  withAddedProperties,
} from '@isched/icalendar';
import { isServerParameter, resetParameter } from '../personal.ts';
import { isListed, type ItipPolicy } from '../policy.ts';

/**
 * The attendee's line with the public X- parameters of their answer: one that the answer leaves out is gone.
 *
 * @param line - as the organizer has it.
 * @param said - as the answer has it.
 * @throws nothing.
 */
export function withPublicParameters(line: Property, said: Property, policy: ItipPolicy): Property {
  if (policy.attendeeExtensions.length === 0) return line;
  const isPublic = ({ name }: Parameter): boolean =>
    isExtension(name, policy) && !isServerParameter(name) && name !== resetParameter;
  const own = line.parameters.filter((each) => !isPublic(each));
  return { ...line, parameters: [...own, ...said.parameters.filter(isPublic)], source: undefined };
}

/**
 * The organizer's component with the public X- properties of an answer: each takes the place of those of its name, and
 * what the answer leaves out stays.
 *
 * @throws nothing.
 */
export function withPublicProperties(component: Component, reply: Component, policy: ItipPolicy): Component {
  const brought = publicProperties(reply, policy);
  if (brought.length === 0) return component;
  const names = new Set(brought.map(({ name }) => name));
  const rest = mapChildren(component, (child) =>
    child.kind === 'property' && names.has(child.name) ? undefined : child,
  );
  return withAddedProperties(rest, brought);
}

function publicProperties(reply: Component, policy: ItipPolicy): readonly Property[] {
  return policy.attendeeExtensions.length === 0
    ? []
    : properties(reply).filter(({ name }) => isExtension(name, policy));
}

function isExtension(name: string, policy: ItipPolicy): boolean {
  return name.startsWith('X-') && isListed(name, policy.attendeeExtensions);
}
