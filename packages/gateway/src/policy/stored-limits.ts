import type { ICalendarLimits } from '@isched/icalendar';
import type { MessageLimits } from '@isched/itip';

/** Whatever was once stored can be read: what we write on it ourselves must not make it unreadable. */
export const storedLimits = {
  maxOctets: 67_108_864,
  maxLineOctets: 1_048_576,
  maxComponents: 50_000,
  maxProperties: 1_000_000,
  maxParameters: 2_500,
} as const satisfies Partial<ICalendarLimits>;

/** The same of what was put into the queue: it was weighed before that. */
export const queuedLimits: MessageLimits = { maxComponents: 50_000, maxAttendees: 1_000_000 };

/**
 * The longest message that is put into the queue. A calendar keeps up to 4 MiB of a meeting, and what is told of it is hardly
 * longer. Octets.
 */
export const maxQueuedOctets = 8_388_608;
