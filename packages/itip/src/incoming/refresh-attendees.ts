import { mapChildren, type Property, properties, withAddedProperties } from '@isched/icalendar';
import { addressKey } from '../attendee.ts';
import { sameProperty } from '../lines.ts';
import { asKept } from '../personal.ts';
import type { Member } from '../series.ts';
import { changeOf } from '../snapshot.ts';
import type { Result } from './outcome.ts';
import type { StoredScene } from './scene.ts';

/**
 * A version that is known already, sent again: peers do so to tell everybody what others answered. Only the lines of
 * other attendees are taken from it.
 *
 * @throws nothing.
 * @see peers-on-the-wire Q50.
 */
export function refreshAttendees({ stored, user }: StoredScene, known: Member, member: Member): Result {
  const told = new Map<string, Property>();
  for (const line of properties(member.component, 'ATTENDEE')) {
    const key = addressKey(line.value);
    if (!user.has(key)) told.set(key, asKept(line));
  }
  const updated = mapChildren(known.component, (child) => {
    if (child.kind !== 'property' || child.name !== 'ATTENDEE') return child;
    const key = addressKey(child.value);
    const line = told.get(key);
    told.delete(key);
    return line && !sameProperty(line, child) ? line : child;
  });
  const component = withAddedProperties(updated, [...told.values()]);
  if (component === known.component) return 'duplicate';
  const within = stored.zoned;
  return {
    edits: [{ do: 'replace', at: known.at, with: component }],
    change: changeOf({ component: known.component, within }, { component, within }),
    moved: false,
  };
}
