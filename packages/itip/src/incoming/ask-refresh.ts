import { makeProperty } from '@isched/icalendar';
import { attendeeLine } from '../attendee.ts';
import type { ItipMessage } from '../message.ts';
import { refresh } from '../outgoing/refresh.ts';
import { organizerLine } from '../series.ts';
import { type Scene } from './scene.ts';

/** Asks the organizer for what this person evidently missed; nobody to ask: nothing. @throws nothing. */
export function askRefresh({ message, incoming, context, user }: Scene): readonly ItipMessage[] {
  const organizer = organizerLine(incoming);
  if (!organizer) return [];
  const line = message.components.map((component) => attendeeLine(component, user)).find((each) => each !== undefined);
  return [
    refresh({
      component: message.componentType,
      uid: message.uid,
      organizer,
      attendee: line ?? makeProperty('ATTENDEE', context.user),
      now: context.now,
      productId: context.productId,
    }),
  ];
}
