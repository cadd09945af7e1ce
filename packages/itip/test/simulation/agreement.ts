import { type Component, formatDateValue, instancesOf, parameter, properties, propertyValue } from '@isched/icalendar';
import type { EpochMs } from '@isched/values';
import type { Person, World } from './world.ts';

interface Seen {
  readonly when: string;
  readonly what: string;
  /** PARTSTAT by address. */
  readonly answers: ReadonlyMap<string, string>;
}

const range = { start: Date.UTC(2027, 0, 1) as EpochMs, end: Date.UTC(2028, 0, 1) as EpochMs };

/** The live instances of an object, by recurrence id. */
function seen(calendar: Component): ReadonlyMap<string, Seen> {
  const { instances } = instancesOf(calendar, undefined, { range });
  const live = instances.filter(({ component }) => propertyValue(component, 'STATUS') !== 'CANCELLED');
  return new Map(
    live.map(({ start, end, recurrenceId, component }) => [
      formatDateValue(recurrenceId),
      {
        when: `${start}/${end}`,
        what: ['SUMMARY', 'LOCATION', 'STATUS'].map((name) => propertyValue(component, name) ?? '').join('|'),
        answers: new Map(
          properties(component, 'ATTENDEE').map((line) => [line.value, parameter(line, 'PARTSTAT') ?? 'NEEDS-ACTION']),
        ),
      },
    ]),
  );
}

/**
 * Where the copies of one meeting disagree, once every message has arrived: instances, times, words, and who said what.
 * An instance that an attendee threw out must be one they declined.
 */
export function disagreements(world: World, organizer: Person, uid: string): readonly string[] {
  const own = organizer.calendar.get(uid);
  const truth = own ? seen(own) : new Map<string, Seen>();
  return world.people.filter((person) => person !== organizer).flatMap((person) => compare(person, uid, truth));
}

function compare(person: Person, uid: string, truth: ReadonlyMap<string, Seen>): readonly string[] {
  const copy = person.calendar.get(uid);
  const view = copy ? seen(copy) : new Map<string, Seen>();
  const wrong: string[] = [];
  const say = (id: string, text: string): void => void wrong.push(`${person.address} ${uid} ${id}: ${text}`);
  for (const [id, real] of truth) {
    const own = real.answers.get(person.address);
    const copied = view.get(id);
    if (own === undefined) {
      if (copied) say(id, 'sees what they are not invited to');
    } else if (!copied) {
      if (own !== 'DECLINED') say(id, `does not see it, and is ${own} at the organizer's`);
    } else {
      if (copied.when !== real.when) say(id, `at ${copied.when} instead of ${real.when}`);
      if (copied.what !== real.what) say(id, `says ${copied.what} instead of ${real.what}`);
      for (const [address, answer] of real.answers) {
        const told = copied.answers.get(address);
        if (told !== answer) say(id, `${address} is ${told} instead of ${answer}`);
      }
      for (const address of copied.answers.keys())
        if (!real.answers.has(address)) say(id, `lists ${address}, who is gone`);
    }
  }
  for (const id of view.keys()) if (!truth.has(id)) say(id, 'still sees an instance that is gone');
  return wrong;
}
