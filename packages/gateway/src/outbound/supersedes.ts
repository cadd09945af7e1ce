import { propertyValue } from '@isched/icalendar';
import type { ItipMessage } from '@isched/itip';
import type { Supersedes } from '../ports/delivery-queue.ts';

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
 * What an unsent older message is good for once this one is to be sent: nothing, where this one says it all.
 *
 * @throws nothing.
 * @see RFC 5546 §2.1.5: a later message about the same instance takes the place of the earlier.
 */
export function supersedesOf(message: ItipMessage): Supersedes {
  switch (message.method) {
    case 'REQUEST':
    case 'PUBLISH':
      return { methods: [message.method], instances: 'same' };
    case 'CANCEL':
      return instanceOf(message) === ''
        ? { methods: ['REQUEST', 'ADD', 'CANCEL', 'PUBLISH'], instances: 'all' }
        : { methods: ['REQUEST', 'CANCEL'], instances: 'same' };
    case 'REPLY':
    case 'COUNTER':
      return { methods: ['REPLY', 'COUNTER'], instances: 'same' };
    case 'REFRESH':
      return { methods: ['REFRESH'], instances: 'same' };
    case 'ADD': // each adds an instance of its own
    case 'DECLINECOUNTER':
      return { methods: [], instances: 'same' };
    default:
      return message.method satisfies never;
  }
}
