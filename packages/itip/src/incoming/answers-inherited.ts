import { type Component, type Property, parameter, property, withParameter } from '@isched/icalendar';
import { type Addresses, attendeeLine, participationOf, withAttendeeLine } from '../attendee.ts';
import { ownInstance } from '../personal.ts';
import { findOverride, type Member } from '../series.ts';
import type { Recorded } from './record-answer.ts';
import type { StoredScene } from './scene.ts';

/**
 * An answer for a series also holds for its instances that stand by themselves only because somebody else answered for
 * them, and of which this person was not told: whichever answer comes first, the result is one.
 *
 * @param answer - the component about the series.
 * @throws nothing.
 */
export function inheritAnswer(scene: StoredScene, answer: Component, person: Addresses): readonly Recorded[] {
  const { stored, incoming } = scene;
  const said = attendeeLine(answer, person);
  const before = stored.master && attendeeLine(stored.master.component, person);
  if (!said || !before) return [];
  return stored.overrides.flatMap((member): readonly Recorded[] => {
    if (property(member.component, ownInstance) === undefined) return [];
    if (findOverride(incoming, member.recurrenceId as Property, stored.zoned)) return [];
    return inherits(member, before, person) ? [inherited(member, said, person)] : [];
  });
}

/** Whether the person's line in an instance is still as it was taken from the series. */
function inherits({ component }: Member, before: Property, person: Addresses): boolean {
  const line = attendeeLine(component, person);
  if (!line || parameter(line, 'X-DTSTAMP') !== undefined) return false;
  return participationOf(line) === participationOf(before);
}

function inherited({ component, at, recurrenceId }: Member, said: Property, person: Addresses): Recorded {
  const answered = withAttendeeLine(component, person, (line) =>
    withParameter(withParameter(line, 'PARTSTAT', participationOf(said)), 'RSVP', undefined),
  );
  return {
    edits: answered === component ? [] : [{ do: 'replace', at, with: answered }],
    change: { recurrenceId: recurrenceId?.value, properties: ['ATTENDEE'], parameters: ['PARTSTAT'] },
    reason: 'answered',
  };
}
