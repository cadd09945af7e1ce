import type { Component } from '@isched/icalendar';
import type { Edit } from '../judgement.ts';
import { sameComponent } from '../lines.ts';
import type { ItipMessage } from '../message.ts';
import { tzidOf } from '../outgoing/compose.ts';

/** Brings the time zones of a message into the stored calendar: new ones are added, changed ones replaced. @throws nothing. */
export function zoneEdits(stored: Component, message: ItipMessage): readonly Edit[] {
  const known = new Map<string, number>();
  stored.children.forEach((child, at) => {
    if (child.kind === 'component' && child.name === 'VTIMEZONE') known.set(tzidOf(child), at);
  });
  return message.calendar.children.flatMap((child): readonly Edit[] => {
    if (child.kind !== 'component' || child.name !== 'VTIMEZONE') return [];
    const at = known.get(tzidOf(child));
    if (at === undefined) return [{ do: 'add', component: child }];
    return sameComponent(stored.children[at] as Component, child) ? [] : [{ do: 'replace', at, with: child }];
  });
}
