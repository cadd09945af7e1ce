import {
  type CalAddress,
  calAddressKey,
  type Component,
  ICalendarError,
  parseCalAddress,
  properties,
  propertyValue,
  subcomponents,
} from '@isched/icalendar';
import { ItipError } from './error.ts';
import { withoutHouseMarks } from './house-marks.ts';
import {
  type ItipMethod,
  isItipMethod,
  isSchedulingComponent,
  methodsOf,
  type SchedulingComponent,
} from './methods.ts';

/** One scheduling message: a method, and one scheduling object (a single component, or a series with its instances). */
export interface ItipMessage {
  readonly method: ItipMethod;
  readonly componentType: SchedulingComponent;
  /** Empty only for published busy time, which often comes without. */
  readonly uid: string;
  /** The whole VCALENDAR, METHOD included; without marks of ours, whoever made it. */
  readonly calendar: Component;
  /** The components of `componentType`, in their order. */
  readonly components: readonly Component[];
  readonly organizer?: CalAddress | undefined;
  /** Every ATTENDEE once, in their order, over all components. */
  readonly attendees: readonly CalAddress[];
}

/** What a message may hold at most. */
export interface MessageLimits {
  /** Scheduling components; default 1,000. */
  readonly maxComponents: number;
  /** ATTENDEE properties over all components; default 10,000. */
  readonly maxAttendees: number;
}

export const defaultMessageLimits: MessageLimits = { maxComponents: 1000, maxAttendees: 10_000 };

export interface ReadMessageOptions {
  /** What the transport said the method is, used where the calendar has none. */
  readonly method?: string | undefined;
  readonly limits?: MessageLimits | undefined;
}

/**
 * Reads a calendar as one iTIP message. Only what makes it unreadable is refused here; whether it keeps the
 * restriction tables is for `checkMessage` to say.
 *
 * @param given - a VCALENDAR; marks that only our own stored copies have are left out.
 * @throws ItipError when it has no method or scheduling component, mixes components, UIDs or organizers, or is too large.
 * @see RFC 5546 §3.
 */
export function readItipMessage(given: Component, options: ReadMessageOptions = {}): ItipMessage {
  if (given.name !== 'VCALENDAR') throw new ItipError('not-a-calendar', `${given.name} instead of VCALENDAR`);
  const calendar = withoutHouseMarks(given);
  const limits = options.limits ?? defaultMessageLimits;
  const components = readComponents(calendar, limits);
  const componentType = (components[0] as Component).name as SchedulingComponent;
  const method = readMethod(calendar, componentType, options.method);
  const uid = readUid(components, componentType === 'VFREEBUSY' && method === 'PUBLISH');
  const organizer = readOrganizer(components);
  return { method, componentType, uid, calendar, components, organizer, attendees: readAttendees(components, limits) };
}

function readComponents(calendar: Component, limits: MessageLimits): readonly Component[] {
  const components = subcomponents(calendar).filter((component) => isSchedulingComponent(component.name));
  const first = components[0];
  if (!first) throw new ItipError('component-missing', 'no VEVENT, VTODO, VJOURNAL or VFREEBUSY');
  if (components.length > limits.maxComponents) {
    throw new ItipError('too-many-components', `more than ${limits.maxComponents}`);
  }
  const other = components.find((component) => component.name !== first.name);
  if (other) throw new ItipError('component-mixed', `${first.name} and ${other.name} in one message`);
  return components;
}

function readMethod(calendar: Component, component: SchedulingComponent, fallback: string | undefined): ItipMethod {
  const method = (propertyValue(calendar, 'METHOD') ?? fallback)?.trim().toUpperCase();
  if (!method) throw new ItipError('method-missing', 'the calendar has no METHOD');
  if (!isItipMethod(method)) throw new ItipError('method-unknown', method.slice(0, 80));
  if (!methodsOf[component].includes(method)) {
    throw new ItipError('method-unfit-for-component', `${method} is not defined for ${component}`);
  }
  return method;
}

function readUid(components: readonly Component[], optional: boolean): string {
  const uids = new Set(components.map((component) => propertyValue(component, 'UID')?.trim() ?? ''));
  const [uid = ''] = uids;
  if (optional) return uid;
  if (uids.has('')) throw new ItipError('uid-missing', 'a component has no UID');
  if (uids.size > 1) throw new ItipError('uid-differs', 'the components have different UIDs');
  return uid;
}

function readOrganizer(components: readonly Component[]): CalAddress | undefined {
  let organizer: CalAddress | undefined;
  for (const component of components) {
    const value = propertyValue(component, 'ORGANIZER')?.trim();
    if (!value) continue; // left out, or left empty: some peers do so in instances and in what they publish
    const address = readAddress(value);
    if (organizer && calAddressKey(organizer) !== calAddressKey(address)) {
      throw new ItipError('organizer-differs', 'the components have different organizers');
    }
    organizer ??= address;
  }
  return organizer;
}

function readAttendees(components: readonly Component[], limits: MessageLimits): readonly CalAddress[] {
  const attendees = new Map<string, CalAddress>();
  const read = new Set<string>(); // instances mostly repeat the lines of their series
  let count = 0;
  for (const component of components) {
    for (const { value } of properties(component, 'ATTENDEE')) {
      count += 1;
      if (count > limits.maxAttendees) throw new ItipError('too-many-attendees', `more than ${limits.maxAttendees}`);
      if (read.has(value)) continue;
      read.add(value);
      const address = readAddress(value.trim());
      const key = calAddressKey(address);
      if (!attendees.has(key)) attendees.set(key, address);
    }
  }
  return [...attendees.values()];
}

function readAddress(value: string): CalAddress {
  try {
    return parseCalAddress(value);
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    throw new ItipError('address-invalid', value.slice(0, 80), { cause: error });
  }
}
