import { formatUtc } from '@isched/icalendar';
import { epochMs } from '@isched/values';

const day = 86_400_000;
/** Objects lie in the year before this and the year after it. */
const middle = Date.UTC(2026, 10, 23);

/** One of a person's objects: every tenth a weekly meeting in a zone, half of them without an end, the others single. */
export function objectText(index: number): string {
  const recurs = index % 10 === 0;
  const start = middle + ((index * 7919) % 730) * day - 365 * day + (7 + (index % 10)) * 3_600_000;
  const local = formatUtc(epochMs(start)).slice(0, -1);
  const end = formatUtc(epochMs(start + 1_800_000)).slice(0, -1);
  const until = formatUtc(epochMs(start + 182 * day));
  const rule = `RRULE:FREQ=WEEKLY${index % 20 === 0 ? '' : `;UNTIL=${until}`}`;
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//isched//bench//EN',
    'BEGIN:VEVENT',
    `UID:object-${index}`,
    'DTSTAMP:20261101T090000Z',
    `DTSTART;TZID=Europe/Berlin:${local}`,
    `DTEND;TZID=Europe/Berlin:${end}`,
    ...(recurs ? [rule] : []),
    'SEQUENCE:0',
    'SUMMARY:Something to talk about',
    'LOCATION:Room 7',
    'ORGANIZER;CN=Alice:mailto:alice@sender.example',
    'ATTENDEE;PARTSTAT=ACCEPTED;CN=Alice:mailto:alice@sender.example',
    'ATTENDEE;PARTSTAT=ACCEPTED;CN=Owner:mailto:owner@receiver.example',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ];
  return lines.join('\r\n');
}
