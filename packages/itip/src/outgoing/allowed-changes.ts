import { type Component, mapChildren, type Property } from '@isched/icalendar';
import { type Addresses, addressKey } from '../attendee.ts';
import type { Change } from '../judgement.ts';
import { isPersonal } from '../personal.ts';
import type { ItipPolicy } from '../policy.ts';
import { sameByTheClock } from '../schedule.ts';
import { membersOf, type Series } from '../series.ts';
import { changedNames } from '../snapshot.ts';
import { formerOf } from './revise.ts';

/** What attendees may change beside what is personal anyway. @see RFC 6638 §3.2.2.1. */
const allowed = new Set(['EXDATE', 'CATEGORIES', 'COMMENT', 'REQUEST-STATUS', 'RECURRENCE-ID']);

/** May be written by another definition of the zone. */
const times = new Set(['DTSTART', 'DTEND', 'DUE', 'DURATION']);

/**
 * What an attendee changed in their copy that only the organizer may change.
 *
 * @throws ICalendarError where instances have to be worked out and can't be.
 * @see RFC 6638 §3.2.2.1, §3.2.4.4.
 */
export function forbiddenChanges(
  before: Series,
  after: Series,
  { user, policy }: { readonly user: Addresses; readonly policy: ItipPolicy },
): readonly Change[] {
  const changed = membersOf(after).flatMap((member): readonly Change[] => {
    const former = formerOf(before, after, member);
    const recurrenceId = member.recurrenceId?.value;
    const about = recurrenceId === undefined ? {} : { recurrenceId };
    if (!former) return [{ ...about, properties: ['RECURRENCE-ID'] }];
    const names = changedNames(
      { component: withoutOwn(former.component, user), within: former.within },
      { component: withoutOwn(member.component, user), within: after.zoned },
    );
    const now = { component: member.component, within: after.zoned };
    const own = (name: string): boolean =>
      allowed.has(name) || isPersonal({ ...blank, name }, policy) || (times.has(name) && sameByTheClock(former, now));
    const properties = names.filter((name) => !own(name));
    return properties.length === 0 ? [] : [{ ...about, properties }];
  });
  const lost = before.master && !after.master ? [{ properties: ['DTSTART'] }] : [];
  return [...changed, ...lost];
}

const blank: Property = { kind: 'property', name: '', parameters: [], value: '' };

/** What of a component is not this person's own line, nor a note of the server's. */
function withoutOwn(component: Component, user: Addresses): Component {
  return mapChildren(component, (child) => {
    if (child.kind !== 'property') return child;
    if (child.name === 'ATTENDEE' && user.has(addressKey(child.value))) return undefined;
    if (child.name !== 'ATTENDEE' && child.name !== 'ORGANIZER') return child;
    const parameters = child.parameters.filter(({ name }) => !name.startsWith('SCHEDULE-') && !name.startsWith('X-'));
    return { ...child, parameters };
  });
}
