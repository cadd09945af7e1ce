import {
  parameter,
  parseCalAddress,
  parseCalendar,
  properties,
  propertyValue,
  sameCalAddress,
  subcomponents,
} from '@isched/icalendar';
import type { OutcomeJson } from '../../../admin/submission.ts';
import { bob, carol } from './messages.ts';
import { mustBe } from './narrator.ts';
import type { Party } from './world.ts';

/** When somebody is busy, as it was answered; empty: free. @throws StoryBroken when there is no answer. */
export function busyText({ recipient, calendarData }: OutcomeJson): string {
  mustBe(calendarData !== undefined, `no answer about ${recipient}`);
  const lines = subcomponents(parseCalendar(calendarData), 'VFREEBUSY').flatMap((component) =>
    properties(component, 'FREEBUSY'),
  );
  return lines.map((line) => `${parameter(line, 'FBTYPE') ?? 'BUSY'} ${line.value}`).join(', ');
}

/** What a calendar says of a meeting. */
export interface StoredEvent {
  readonly revision: number;
  readonly start: string | undefined;
  readonly status: string | undefined;
  /** Participation status by first name. */
  readonly answers: ReadonlyMap<string, string>;
}

/** A meeting in somebody's calendar. @throws StoryBroken when it is not there. */
export async function storedEvent(party: Party, user: string, uid: string): Promise<StoredEvent> {
  const found = (await party.client.objects(user)).find((object) => object.uid === uid);
  const event = found && subcomponents(parseCalendar(found.text), 'VEVENT')[0];
  mustBe(event !== undefined, `the meeting is not in the calendar of ${user}`);
  const statusOf = (person: string): string => {
    const line = properties(event, 'ATTENDEE').find(({ value }) =>
      sameCalAddress(parseCalAddress(value), parseCalAddress(person)),
    );
    return (line && parameter(line, 'PARTSTAT')) ?? 'NEEDS-ACTION';
  };
  return {
    revision: found?.revision ?? 0,
    start: propertyValue(event, 'DTSTART'),
    status: propertyValue(event, 'STATUS'),
    answers: new Map([
      ['bob', statusOf(bob)],
      ['carol', statusOf(carol)],
    ]),
  };
}

/** Says whether a meeting is in somebody's calendar. @throws UsageError when there is nobody of that address. */
export async function hasEvent(party: Party, user: string, uid: string): Promise<boolean> {
  return (await party.client.objects(user)).some((object) => object.uid === uid);
}
