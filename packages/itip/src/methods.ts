/** What an iTIP message asks for. */
export type ItipMethod = 'PUBLISH' | 'REQUEST' | 'REPLY' | 'ADD' | 'CANCEL' | 'REFRESH' | 'COUNTER' | 'DECLINECOUNTER';

/** The components that carry a scheduling message. */
export type SchedulingComponent = 'VEVENT' | 'VTODO' | 'VJOURNAL' | 'VFREEBUSY';

/**
 * Which method goes with which component.
 *
 * @see RFC 5546 §3, the first table.
 */
export const methodsOf: Readonly<Record<SchedulingComponent, readonly ItipMethod[]>> = {
  VEVENT: ['PUBLISH', 'REQUEST', 'REPLY', 'ADD', 'CANCEL', 'REFRESH', 'COUNTER', 'DECLINECOUNTER'],
  VTODO: ['PUBLISH', 'REQUEST', 'REPLY', 'ADD', 'CANCEL', 'REFRESH', 'COUNTER', 'DECLINECOUNTER'],
  VJOURNAL: ['PUBLISH', 'ADD', 'CANCEL'],
  VFREEBUSY: ['PUBLISH', 'REQUEST', 'REPLY'],
};

/** Says whether a name, in upper case, is a component that can be scheduled. @throws nothing. */
export function isSchedulingComponent(name: string): name is SchedulingComponent {
  return Object.hasOwn(methodsOf, name);
}

/** Says whether a name, in upper case, is an iTIP method. @throws nothing. */
export function isItipMethod(name: string): name is ItipMethod {
  return (methodsOf.VEVENT as readonly string[]).includes(name);
}
