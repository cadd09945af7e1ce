import {
  type CalAddress,
  type Component,
  calAddressKey,
  calAddressKeyOf,
  ICalendarError,
  mapChildren,
  type Property,
  parameter,
  parseCalAddress,
  property,
} from '@isched/icalendar';

/** What an attendee says of taking part; other registered and private values are possible. */
export type ParticipationStatus =
  | 'NEEDS-ACTION'
  | 'ACCEPTED'
  | 'DECLINED'
  | 'TENTATIVE'
  | 'DELEGATED'
  | 'COMPLETED'
  | 'IN-PROCESS';

/** A person under all the addresses the system knows them by, normalised for comparison. */
export type Addresses = ReadonlySet<string>;

/** The normalised forms of a person's addresses. @throws nothing. */
export function addressesOf(user: CalAddress, aliases: readonly CalAddress[] = []): Addresses {
  return new Set([user, ...aliases].map(calAddressKey));
}

/** The normalised address of an ORGANIZER or ATTENDEE; of an unreadable one the text in lower case. @throws nothing. */
export function addressKey(value: string): string {
  return calAddressKeyOf(value) ?? value.trim().toLowerCase();
}

/** The address that a property's value is, if it can be read. @throws nothing. */
export function addressOf(of: Property | undefined): CalAddress | undefined {
  const text = of?.value.trim();
  if (!text) return undefined;
  try {
    return parseCalAddress(text);
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    return undefined;
  }
}

/** The ATTENDEE line of a person. @throws nothing. */
export function attendeeLine(component: Component, person: Addresses): Property | undefined {
  for (const line of component.children) {
    if (line.kind === 'property' && line.name === 'ATTENDEE' && person.has(addressKey(line.value))) return line;
  }
  return undefined;
}

/** The organizer's normalised address. @throws nothing. */
export function organizerKey(component: Component): string | undefined {
  const value = property(component, 'ORGANIZER')?.value.trim();
  return value ? addressKey(value) : undefined;
}

/** PARTSTAT, which is NEEDS-ACTION where it is left out. @throws nothing. */
export function participationOf(line: Property): string {
  return parameter(line, 'PARTSTAT')?.toUpperCase() ?? 'NEEDS-ACTION';
}

/** The component with a person's ATTENDEE line changed. @throws nothing. */
export function withAttendeeLine(
  component: Component,
  person: Addresses,
  change: (line: Property) => Property | undefined,
): Component {
  return mapChildren(component, (child) =>
    child.kind === 'property' && child.name === 'ATTENDEE' && person.has(addressKey(child.value))
      ? change(child)
      : child,
  );
}

/** The normalised addresses that a parameter of addresses (DELEGATED-TO, DELEGATED-FROM, MEMBER, SENT-BY) lists. @throws nothing. */
export function addressesIn(line: Property, name: string): readonly string[] {
  return line.parameters.filter((each) => each.name === name).flatMap((each) => each.values.map(addressKey));
}
