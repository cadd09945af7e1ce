import { type Component, withParameter } from '@isched/icalendar';
import { type Addresses, withAttendeeLine } from '../attendee.ts';

/** A component with a person's answer in it. @throws nothing. */
export function withAnswer(component: Component, user: Addresses, status: string): Component {
  return withAttendeeLine(component, user, (line) => withParameter(line, 'PARTSTAT', status));
}
