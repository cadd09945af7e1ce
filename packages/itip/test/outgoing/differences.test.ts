import { describe, expect, it } from 'vitest';
import { onUpdate } from '../../src/index.ts';
import { address, now, vcalendar, vevent } from '../support/calendar.ts';

const people = ['ATTENDEE:mailto:b@example.com', 'ATTENDEE:mailto:c@example.com'];
const single = ['DTSTAMP:20080501T000000Z', 'DTSTART:20080601T120000Z', 'DTEND:20080601T130000Z', 'SUMMARY:Test'];
const series = [...single, 'RRULE:FREQ=DAILY;COUNT=400'];

/** An instance of June 2, at its own time or another. */
function instance(hour: number, ...more: readonly string[]): string {
  const times = [`DTSTART:20080602T${hour}0000Z`, `DTEND:20080602T${hour + 1}0000Z`];
  return vevent(
    'DTSTAMP:20080501T000000Z',
    'RECURRENCE-ID:20080602T120000Z',
    ...times,
    'SUMMARY:Test',
    ...people,
    ...more,
  );
}

function changed(lines: readonly string[], from: string, to: string): readonly string[] {
  return lines.map((line) => (line === from ? to : line));
}

const whole = (lines: readonly string[], ...more: readonly string[]): string => vevent(...lines, ...people, ...more);
const elsewhere = ['LOCATION:there', 'DESCRIPTION:more'];
const zoned = (tzid: string): string =>
  whole(single.map((line) => line.replace(/^(DTSTART|DTEND):(.*)Z$/, `$1;TZID=${tzid}:$2`)));

/** What one version differs in from the next, by RECURRENCE-ID. Rows of the list of cases T110. */
const rows: Readonly<Record<string, readonly [string[], string[], Readonly<Record<string, readonly string[]>>]>> = {
  nothing: [[whole(single)], [whole(single)], {}],
  'one property': [[whole(single)], [whole(changed(single, 'SUMMARY:Test', 'SUMMARY:New'))], { series: ['SUMMARY'] }],
  'one changed, one added, one gone': [
    [whole(single, 'LOCATION:there')],
    [whole(changed(single, 'SUMMARY:Test', 'SUMMARY:New'), 'DESCRIPTION:more')],
    { series: ['DESCRIPTION', 'LOCATION', 'SUMMARY'] },
  ],
  'somebody more': [[whole(single)], [whole(single, 'ATTENDEE:mailto:d@example.com')], { series: ['ATTENDEE'] }],
  'somebody less': [[whole(single, 'ATTENDEE:mailto:d@example.com')], [whole(single)], { series: ['ATTENDEE'] }],
  'only an answer': [
    [whole(single, 'ATTENDEE:mailto:d@example.com')],
    [whole(single, 'ATTENDEE;PARTSTAT=ACCEPTED:mailto:d@example.com')],
    { series: ['ATTENDEE'] },
  ],
  'a day instead of a time': [
    [whole(single)],
    [whole([single[0] as string, 'DTSTART;VALUE=DATE:20080601', 'DTEND;VALUE=DATE:20080602', 'SUMMARY:Test'])],
    { series: ['DTEND', 'DTSTART'] },
  ],
  'the zone by another name': [[zoned('Eastern Standard Time')], [zoned('America/New_York')], {}],
  'UTC instead of a zone': [
    [whole(single)],
    [
      whole([
        single[0] as string,
        'DTSTART;TZID=America/New_York:20080601T080000',
        'DTEND;TZID=America/New_York:20080601T090000',
        'SUMMARY:Test',
      ]),
    ],
    {},
  ],
  'another order': [[whole(series)], [whole(series.toReversed())], {}],
  'a property of an instance': [
    [whole(series), instance(12)],
    [whole(series), instance(12, ...elsewhere)],
    { '20080602T120000Z': ['DESCRIPTION', 'LOCATION'] },
  ],
  'a property of the series': [
    [whole(series), instance(13)],
    [whole(changed(series, 'SUMMARY:Test', 'SUMMARY:New')), instance(13)],
    { series: ['SUMMARY'] },
  ],
  'different ones of both': [
    [whole(series), instance(13)],
    [whole(changed(series, 'SUMMARY:Test', 'SUMMARY:New')), instance(13, 'DESCRIPTION:more')],
    { series: ['SUMMARY'], '20080602T120000Z': ['DESCRIPTION'] },
  ],
  'an instance by itself, with nothing new': [[whole(series)], [whole(series), instance(12)], {}],
  'an instance at another time': [
    [whole(series)],
    [whole(series), instance(13)],
    { '20080602T120000Z': ['DTEND', 'DTSTART'] },
  ],
  'an instance back in its series, with nothing new': [[whole(series), instance(12)], [whole(series)], {}],
  'an instance back in its series, at its time': [
    [whole(series), instance(13)],
    [whole(series)],
    { '20080602T120000Z': ['DTEND', 'DTSTART'] },
  ],
  'instances without a series: one is gone': [
    [instance(13), instance(13).replaceAll('20080602', '20080603')],
    [instance(13).replaceAll('20080602', '20080603')],
    { '20080602T120000Z': ['STATUS'] },
  ],
};

describe('what differs between two versions of a meeting', () => {
  it.each(Object.entries(rows))('%s', (_, [before, after, expected]) => {
    const context = { user: address('mailto:o@example.com'), now };
    const { messages } = onUpdate(vcalendar(undefined, ...before), vcalendar(undefined, ...after), context);
    const told = messages.find(({ to }) => to.includes(address('mailto:b@example.com')));
    const changes = (told?.changes ?? []).filter(({ properties }) => properties.length > 0);
    expect(Object.fromEntries(changes.map((each) => [each.recurrenceId ?? 'series', each.properties]))).toEqual(
      expected,
    );
  });
});
