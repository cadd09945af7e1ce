import { propertyValue } from '@isched/icalendar';
import { compareRevisions, type ItipMessage, type ItipMethod, type Revision, revisionOf } from '@isched/itip';
import type { Supersedes } from '../ports/submission.ts';

/**
 * Which instances a message is about: empty for the whole series, else their RECURRENCE-IDs.
 *
 * @throws nothing.
 */
export function instanceOf(message: ItipMessage): string {
  const instances = message.components.map((component) => propertyValue(component, 'RECURRENCE-ID')?.trim() ?? '');
  return instances.includes('') ? '' : [...new Set(instances)].toSorted((a, b) => (a < b ? -1 : 1)).join(',');
}

/**
 * How new what a message says is: the whole series counts, else the newest of the instances.
 *
 * @throws nothing.
 */
export function revisionOfMessage({ components }: ItipMessage): Revision | undefined {
  const series = components.find((component) => propertyValue(component, 'RECURRENCE-ID') === undefined);
  if (series) return revisionOf(series);
  return components
    .map(revisionOf)
    .reduce<Revision | undefined>(
      (newest, each) => (newest && compareRevisions(each, newest) !== 'newer' ? newest : each),
      undefined,
    );
}

/**
 * Whose messages to one recipient, about one UID, have to keep their order: the organizer speaks with one voice, whatever
 * address they come from; of attendees each has a voice of their own.
 *
 * @throws nothing.
 */
export function orderOf(method: ItipMethod): 'everybody' | 'originator' {
  return answers.has(method) ? 'originator' : 'everybody';
}

const answers: ReadonlySet<ItipMethod> = new Set(['REPLY', 'COUNTER', 'REFRESH']);

/**
 * What an unsent older message is good for once a message of some method, about some instances, is to be sent: nothing, where
 * that says it all.
 *
 * @throws nothing.
 * @see RFC 5546 §2.1.5: a later message about the same instance takes the place of the earlier.
 */
export function supersedesOf({ method, instance }: { readonly method: string; readonly instance: string }): Supersedes {
  switch (method) {
    case 'REQUEST':
    case 'PUBLISH':
      return { methods: [method], instances: 'same' };
    case 'CANCEL':
      return instance === ''
        ? { methods: ['REQUEST', 'ADD', 'CANCEL', 'PUBLISH'], instances: 'all' }
        : { methods: ['REQUEST', 'CANCEL'], instances: 'same' };
    case 'REPLY':
    case 'COUNTER':
      return { methods: ['REPLY', 'COUNTER'], instances: 'same' };
    case 'REFRESH':
      return { methods: ['REFRESH'], instances: 'same' };
    default: // ADD: each adds an instance of its own; DECLINECOUNTER
      return { methods: [], instances: 'same' };
  }
}
