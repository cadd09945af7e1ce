import type { SignedMessage } from '@isched/doseta';
import { octetsFromText } from '@isched/values';

/** An iCalendar REQUEST that brings the whole message, header and content, to about 2 KB. */
export function requestText(uid: string, organizer: string, attendee: string): string {
  const description = 'Please bring the figures of the last quarter and a sketch of the next one. '.repeat(12).trim();
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//isched//bench//EN',
    'METHOD:REQUEST',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20261101T090000Z',
    'DTSTART:20300110T100000Z',
    'DTEND:20300110T110000Z',
    'SEQUENCE:0',
    'SUMMARY:Quarterly review',
    `ORGANIZER;CN=Alice:mailto:${organizer}`,
    `ATTENDEE;PARTSTAT=ACCEPTED:mailto:${organizer}`,
    `ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Bob:mailto:${attendee}`,
    ...folded(`DESCRIPTION:${description}`),
    'LOCATION:Room 7',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ];
  return lines.join('\r\n');
}

function folded(line: string): readonly string[] {
  return (line.match(/.{1,70}/g) ?? []).map((part, index) => (index === 0 ? part : ` ${part}`));
}

/** The same as an unsigned iSchedule request. */
export function requestMessage(uid: string, organizer: string, attendee: string): SignedMessage {
  return {
    fields: [
      { name: 'Host', value: ' receiver.example:443' },
      { name: 'User-Agent', value: ' isched-bench/1' },
      { name: 'iSchedule-Version', value: ' 1.0' },
      { name: 'iSchedule-Message-ID', value: ` ${uid}` },
      { name: 'Originator', value: ` mailto:${organizer}` },
      { name: 'Recipient', value: ` mailto:${attendee}` },
      { name: 'Content-Type', value: ' text/calendar; component=VEVENT; method=REQUEST; charset=utf-8' },
      { name: 'Cache-Control', value: ' no-cache, no-transform' },
    ],
    content: octetsFromText(requestText(uid, organizer, attendee)),
  };
}

/** The same text as a mail. */
export function requestMail(uid: string, organizer: string, attendee: string): string {
  const header = [
    `From: Alice <${organizer}>`,
    `To: Bob <${attendee}>`,
    `Message-ID: <${uid}@sender.example>`,
    'Date: Sun, 01 Nov 2026 09:00:00 +0000',
    'Subject: Quarterly review',
    'MIME-Version: 1.0',
    'Content-Type: text/calendar; method=REQUEST; charset=utf-8',
  ];
  return `${header.join('\r\n')}\r\n\r\n${requestText(uid, organizer, attendee)}`;
}
