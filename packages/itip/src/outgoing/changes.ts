import { type Component, propertyValue } from '@isched/icalendar';
import { addressesOf, addressKey, attendeeLine } from '../attendee.ts';
import { ItipError } from '../error.ts';
import { isSchedulingComponent } from '../methods.ts';
import { membersOf, organizerLine, type Series, seriesOf } from '../series.ts';

import { zoned } from '../zoned.ts';
import { attendeeChange } from './attendee.ts';
import { organizerChange, organizes } from './organizer.ts';
import { type Outgoing, type OutgoingContext, silent } from './outgoing.ts';

/**
 * A new object was put into somebody's calendar.
 *
 * @param after - the VCALENDAR of one scheduling object.
 * @returns what must be kept, and the messages that go out.
 * @throws ItipError `uid-differs`, `organizer-differs` when it is not one object; ICalendarError when a date or rule
 *   that has to be worked out can't be.
 * @see RFC 6638 §3.2.1.1, §3.2.2.2.
 */
export function onCreate(after: Component, context: OutgoingContext): Outgoing {
  return change(undefined, after, context);
}

/**
 * An object in somebody's calendar was changed.
 *
 * @throws as `onCreate`.
 * @see RFC 6638 §3.2.1.2, §3.2.2.3.
 */
export function onUpdate(before: Component, after: Component, context: OutgoingContext): Outgoing {
  return change(before, after, context);
}

/**
 * An attendee's answer was merged into the organizer's copy: the other attendees are told, quietly, of the version they
 * know with what it says of others. Each gets one REQUEST at most, and nobody who would read nothing new in it; an
 * instance that stands by itself from now on is new to all.
 *
 * @param before - the copy before `merge`.
 * @param after - the copy after it.
 * @returns the copy to keep, and the messages, none of them significant.
 * @throws as `onCreate`.
 * @see peers-on-the-wire Q50; decision 0051.
 */
export function onAnswer(before: Component, after: Component, context: OutgoingContext): Outgoing {
  return change(before, after, { ...context, cause: 'answer' });
}

/**
 * An object was deleted from somebody's calendar: the organizer calls the meeting off, an attendee says no.
 *
 * @throws as `onCreate`.
 * @see RFC 6638 §3.2.1.3, §3.2.2.4.
 */
export function onCancel(before: Component, context: OutgoingContext): Outgoing {
  return change(before, undefined, context);
}

function change(before: Component | undefined, after: Component | undefined, context: OutgoingContext): Outgoing {
  const [was, is] = [before, after].map((calendar) => calendar && readSeries(calendar));
  if (!was && !is) return silent(after);
  const self = addressesOf(context.user, context.aliases);
  if (was ? organizes(was, self) || isPrivate(was) : is && organizes(is, self))
    return organizerChange(was, is, context);
  const attends = [was, is].some(
    (series) => series && membersOf(series).some(({ component }) => attendeeLine(component, self)),
  );
  return attends ? attendeeChange(was, is, context) : silent(after);
}

/** Nobody's meeting yet. */
function isPrivate(series: Series): boolean {
  return organizerLine(series) === undefined;
}

/** One scheduling object; undefined where there is none that can be scheduled. */
function readSeries(calendar: Component): Series | undefined {
  const first = calendar.children.find((child) => child.kind === 'component' && isSchedulingComponent(child.name));
  if (!first || first.name === 'VFREEBUSY' || first.name === 'VJOURNAL') return undefined;
  const components = calendar.children.filter((child) => child.kind === 'component' && child.name === first.name);
  const uids = new Set(
    components.map((child) => (child.kind === 'component' ? propertyValue(child, 'UID')?.trim() : '')),
  );
  if (uids.size > 1) throw new ItipError('uid-differs', 'one calendar object has one UID');
  const organizers = new Set(
    components.flatMap((child) => {
      const value = child.kind === 'component' ? propertyValue(child, 'ORGANIZER')?.trim() : undefined;
      return value ? [addressKey(value)] : [];
    }),
  );
  if (organizers.size > 1) throw new ItipError('organizer-differs', 'one calendar object has one organizer');
  return seriesOf(zoned(calendar), first.name);
}
