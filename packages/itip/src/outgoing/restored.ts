import {
  type Component,
  makeProperty,
  mapChildren,
  type Property,
  properties,
  property,
  withProperty,
} from '@isched/icalendar';
import { addressKey, participationOf } from '../attendee.ts';
import { instanceOfSeries, recurrenceIdFor, withoutAnswerNotes } from '../derive.ts';
import { excludedMoments } from '../excluded.ts';
import { exclusionOf } from '../exclusions.ts';
import { hasInstance } from '../instances.ts';
import { revisionOf } from '../revision.ts';
import { moved } from '../schedule.ts';
import { findOverride, type Member, type Series } from '../series.ts';
import { changedNames } from '../snapshot.ts';
import { momentOf } from '../zoned.ts';
import { type Former, raisedTo, revised } from './revise.ts';

/**
 * Instances that are again what their series says: they stood by themselves, or had been left out. They are kept by
 * themselves, so that attendees and late answers find them.
 *
 * @param before - the object before the change.
 * @param after - the object as it was put there.
 * @throws ICalendarError where instances have to be worked out and can't be.
 */
export function restoredInstances(before: Series, after: Series): readonly Component[] {
  if (!after.master || !before.master) return [];
  return [...before.overrides.flatMap((member) => restored(before, after, member)), ...reinstated(before, after)];
}

/** The instance of the changed series, where it has it and nothing more special. */
function plainInstance(before: Series, after: Series, line: Property): Component | undefined {
  const master = (after.master as Member).component;
  if (findOverride(after, line, before.zoned)) return undefined;
  const own = recurrenceIdFor(master, after.zoned, { line, within: before.zoned });
  const moment = momentOf(own, after.zoned);
  if (!moment || exclusionOf(master, after.zoned, moment) !== undefined || !hasInstance(after, own)) return undefined;
  return withoutAnswerNotes(instanceOfSeries(after, own));
}

/** What stood by itself: its answers stand, unless it moves. */
function restored(before: Series, after: Series, member: Member): readonly Component[] {
  const plain = plainInstance(before, after, member.recurrenceId as Property);
  if (!plain) return [];
  const again = withAnswersOf(plain, member.component);
  const former: Former = { component: member.component, within: before.zoned, derived: false };
  const sequence = Math.max(revisionOf(member.component).sequence, revisionOf(again).sequence);
  const numbered = withProperty(again, makeProperty('SEQUENCE', String(sequence)));
  const component = revised({ component: numbered, within: after.zoned }, former);
  const placed = { component, within: after.zoned };
  const asBefore = changedNames(former, placed).length === 0;
  return asBefore && changedNames({ component: plain, within: after.zoned }, placed).length === 0 ? [] : [component];
}

/** The component with what its people had said of an earlier version. */
function withAnswersOf(component: Component, former: Component): Component {
  const known = new Map(properties(former, 'ATTENDEE').map((line) => [addressKey(line.value), line]));
  return mapChildren(component, (child) =>
    child.kind === 'property' && child.name === 'ATTENDEE' ? (known.get(addressKey(child.value)) ?? child) : child,
  );
}

/** What had been left out: everybody is asked anew, as answers to the series did not hold for it. @see RFC 6638 §3.2.8. */
function reinstated(before: Series, after: Series): readonly Component[] {
  const [was, is] = [(before.master as Member).component, (after.master as Member).component];
  if (moved({ component: was, within: before.zoned }, { component: is, within: after.zoned })) return [];
  const sequence = Math.max(revisionOf(was).sequence, revisionOf(is).sequence) + 1;
  return excludedMoments(was, before.zoned).flatMap(({ line }): readonly Component[] => {
    if (findOverride(before, line, before.zoned)) return [];
    const plain = plainInstance(before, after, line);
    const lines = plain ? properties(plain, 'ATTENDEE') : [];
    const organizer = plain && property(plain, 'ORGANIZER');
    const asked = lines.filter((each) => !organizer || addressKey(each.value) !== addressKey(organizer.value));
    const answered = new Set(
      asked.filter((each) => participationOf(each) !== 'NEEDS-ACTION').map((each) => addressKey(each.value)),
    );
    return plain && answered.size > 0 ? [raisedTo(plain, sequence, answered)] : [];
  });
}
