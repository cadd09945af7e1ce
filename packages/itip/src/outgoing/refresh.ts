import { formatUtc, makeComponent, makeProperty, type Property } from '@isched/icalendar';
import type { EpochMs } from '@isched/values';
import type { ItipMessage } from '../message.ts';
import type { SchedulingComponent } from '../methods.ts';
import { type ComposeOptions, composeMessage } from './compose.ts';

/** Who asks whom for what. */
export interface RefreshOptions extends ComposeOptions {
  readonly component: SchedulingComponent;
  readonly uid: string;
  readonly organizer: Property;
  /** The one who asks. */
  readonly attendee: Property;
  readonly now: EpochMs;
}

/**
 * Asks the organizer for the current version.
 *
 * @throws ItipError when an address can't be read.
 * @see RFC 5546 §3.2.6, §4.7.2.
 */
export function refresh(options: RefreshOptions): ItipMessage {
  const component = makeComponent(options.component, [
    makeProperty('UID', options.uid),
    makeProperty('DTSTAMP', formatUtc(options.now)),
    { ...options.organizer, parameters: [], source: undefined },
    { ...options.attendee, parameters: [], source: undefined },
  ]);
  return composeMessage('REFRESH', [component], { productId: options.productId, from: component });
}
