import { type CalAddress, type Component, type Property, properties } from '@isched/icalendar';
import { type Addresses, addressKey, addressOf } from '../attendee.ts';
import { membersOf, organizerLine, type Series } from '../series.ts';
import { agentOf, forcedMethod } from './agent.ts';

/** Somebody the organizer's server sends messages to, or did before the change. */
export interface Person {
  readonly key: string;
  readonly address: CalAddress;
  /** Places in `membersOf` of the object before and after the change on which they are, served by us. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** A message was asked for by SCHEDULE-FORCE-SEND. */
  readonly forced: boolean;
  /** Their line as it is now, or was last. */
  readonly line: Property;
}

/** People who are told the same: they are on the same components. */
export interface Circle {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly people: readonly Person[];
}

/**
 * Who was told of an object, and who is to be told of it now: every attendee whose messages we send, without the
 * organizer.
 *
 * @param self - the organizer, under all their addresses.
 * @returns in the order in which they first appear.
 * @throws nothing; addresses nobody can read are left out.
 * @see RFC 6638 §3.2.1.
 */
export function peopleOf(before: Series | undefined, after: Series | undefined, self: Addresses): readonly Person[] {
  const people = new Map<string, Person>();
  const collect = (series: Series | undefined, when: 'before' | 'after'): void => {
    const organized = series && organizerLine(series); // without one it is a private entry: nobody speaks for it
    (series ? membersOf(series) : []).forEach(({ component }, at) => {
      for (const line of organized ? linesToServe(component, self) : []) {
        const address = addressOf(line);
        if (!address) continue;
        const key = addressKey(line.value);
        const known = people.get(key) ?? { key, address, before: [], after: [], forced: false, line };
        const forced = known.forced || (when === 'after' && forcedMethod(line) === 'REQUEST');
        people.set(key, { ...known, line, forced, [when]: [...known[when], at] });
      }
    });
  };
  collect(before, 'before');
  collect(after, 'after');
  return [...people.values()];
}

function linesToServe(component: Component, self: Addresses): readonly Property[] {
  return properties(component, 'ATTENDEE').filter(
    (line) => agentOf(line) === 'SERVER' && !self.has(addressKey(line.value)),
  );
}

/** Puts people together who are on the same components. @throws nothing. */
export function circlesOf(people: readonly Person[]): readonly Circle[] {
  const groups = Map.groupBy(people, ({ before, after }) => `${before.join()}/${after.join()}`);
  return [...groups.values()].map((group) => {
    const [first] = group as [Person];
    return { before: first.before, after: first.after, people: group };
  });
}
