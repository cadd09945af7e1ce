import { formatCalendar, parseCalAddress, parseCalendar } from '@isched/icalendar';
import { readItipMessage } from '@isched/itip';
import { describe, expect, it } from 'vitest';
import { AddressingError, addressingOf } from '../../src/outbound/addressing.ts';
import { ownCopy } from '../../src/outbound/own-copy.ts';

const calendar = (method: string | undefined, ...lines: readonly string[]): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//t//t//EN',
    ...(method ? [`METHOD:${method}`] : []),
    ...lines,
    'END:VCALENDAR',
    '',
  ].join('\r\n');
const event = (...lines: readonly string[]): readonly string[] => [
  'BEGIN:VEVENT',
  'UID:u1',
  'DTSTAMP:20260101T000000Z',
  ...lines,
  'END:VEVENT',
];
const alice = 'mailto:alice@a.example';
const bob = 'mailto:bob@b.example';
const carol = 'mailto:carol@c.example';
const message = (text: string) => readItipMessage(parseCalendar(text));
const kept = (sent: string, stored: string | undefined, sender: string): string | undefined => {
  const copy = ownCopy(
    message(sent),
    stored === undefined ? undefined : parseCalendar(stored),
    parseCalAddress(sender),
  );
  return copy && formatCalendar(copy);
};

const unfolded = (text: string | undefined): string | undefined => text?.replaceAll('\r\n ', '');

describe("the sender's own copy", () => {
  const people = [`ORGANIZER:${alice}`, `ATTENDEE:${bob}`, `ATTENDEE;CN=Carol:${carol}`];

  it('of an invitation is what was sent, without METHOD', () => {
    const lines = event('DTSTART:20300101T100000Z', ...people);
    expect(kept(calendar('REQUEST', ...lines), undefined, alice)).toBe(calendar(undefined, ...lines));
  });

  it('of a changed instance keeps the series and every other instance', () => {
    const series = event('DTSTART:20300101T100000Z', 'RRULE:FREQ=DAILY;COUNT=3', ...people);
    const second = event('RECURRENCE-ID:20300102T100000Z', 'DTSTART:20300102T120000Z', ...people);
    const third = event('RECURRENCE-ID:20300103T100000Z', 'DTSTART:20300103T120000Z', ...people);
    const thirdAgain = event('RECURRENCE-ID:20300103T100000Z', 'DTSTART:20300103T130000Z', 'SEQUENCE:1', ...people);
    expect(kept(calendar('REQUEST', ...thirdAgain), calendar(undefined, ...series, ...second, ...third), alice)).toBe(
      calendar(undefined, ...series, ...second, ...thirdAgain),
    );
  });

  it('of a cancellation is the meeting, cancelled, with the sequence that was sent', () => {
    const stored = calendar(undefined, ...event('DTSTART:20300101T100000Z', 'SEQUENCE:1', 'SUMMARY:kept', ...people));
    const text = kept(calendar('CANCEL', ...event('SEQUENCE:2', ...people)), stored, alice);
    expect(text).toBe(
      calendar(
        undefined,
        ...event('DTSTART:20300101T100000Z', 'SEQUENCE:2', 'SUMMARY:kept', ...people, 'STATUS:CANCELLED'),
      ),
    );
  });

  it('of an older invitation is the newer one that is there, by SEQUENCE and by DTSTAMP', () => {
    const lines = (sequence: number, stamp: string) => [
      'BEGIN:VEVENT',
      'UID:u1',
      `DTSTAMP:${stamp}`,
      `SEQUENCE:${sequence}`,
      'DTSTART:20300101T100000Z',
      ...people,
      'END:VEVENT',
    ];
    const stored = calendar(undefined, ...lines(2, '20260102T000000Z'));
    expect(kept(calendar('REQUEST', ...lines(1, '20260103T000000Z')), stored, alice)).toBeUndefined();
    expect(kept(calendar('REQUEST', ...lines(2, '20260101T000000Z')), stored, alice)).toBeUndefined();
    const newer = lines(2, '20260103T000000Z');
    expect(kept(calendar('REQUEST', ...newer), stored, alice)).toBe(calendar(undefined, ...newer));
  });

  it('of an older changed instance keeps that instance as it is, and takes the others', () => {
    const series = event('DTSTART:20300101T100000Z', 'RRULE:FREQ=DAILY;COUNT=3', ...people);
    const at = (day: number, sequence: number, hour: number) =>
      event(
        `RECURRENCE-ID:2030010${day}T100000Z`,
        `DTSTART:2030010${day}T${hour}0000Z`,
        `SEQUENCE:${sequence}`,
        ...people,
      );
    const stored = calendar(undefined, ...series, ...at(2, 3, 12), ...at(3, 1, 12));
    expect(kept(calendar('REQUEST', ...at(2, 2, 14), ...at(3, 2, 14)), stored, alice)).toBe(
      calendar(undefined, ...series, ...at(2, 3, 12), ...at(3, 2, 14)),
    );
    expect(kept(calendar('REQUEST', ...at(2, 2, 14)), stored, alice)).toBeUndefined();
  });

  it('of an added instance keeps the series, and holds the instance beside it, once', () => {
    const series = event('DTSTART:20300101T100000Z', 'RRULE:FREQ=DAILY;COUNT=3', ...people);
    const added = calendar('ADD', ...event('DTSTART:20300110T120000Z', 'SEQUENCE:1', ...people));
    const copy = kept(added, calendar(undefined, ...series), alice);
    expect(copy).toContain('RRULE:FREQ=DAILY;COUNT=3');
    expect(copy).toMatch(/RDATE[^\r]*:20300110T120000Z/);
    expect(copy).toMatch(/RECURRENCE-ID[^\r]*:20300110T120000Z/);
    expect(kept(added, copy, alice)).toBeUndefined();
  });

  it('of an older cancellation is not cancelled', () => {
    const stored = calendar(undefined, ...event('DTSTART:20300101T100000Z', 'SEQUENCE:3', ...people));
    expect(kept(calendar('CANCEL', ...event('SEQUENCE:2', ...people)), stored, alice)).toBeUndefined();
  });

  it("of an answer holds the answer on the attendee's line, and nothing else changed", () => {
    const stored = calendar(undefined, ...event('DTSTART:20300101T100000Z', ...people));
    const answer = calendar('REPLY', ...event(`ORGANIZER:${alice}`, `ATTENDEE;PARTSTAT=ACCEPTED:${bob}`));
    const line = `ATTENDEE;PARTSTAT=ACCEPTED;X-SEQUENCE=0;X-DTSTAMP=20260101T000000Z:${bob}`;
    expect(unfolded(kept(answer, stored, bob))).toBe(stored.replace(`ATTENDEE:${bob}`, line));
  });

  it('of an answer stays as it is where a later one was given, or the meeting has changed since [RFC 5546 §2.1.5]', () => {
    const reply = (stamp: string, sequence: number, status: string) =>
      calendar(
        'REPLY',
        ...event(`SEQUENCE:${sequence}`, `ORGANIZER:${alice}`, `ATTENDEE;PARTSTAT=${status}:${bob}`),
      ).replace('20260101T000000Z', stamp);
    const invited = (sequence: number, copy: string | undefined) =>
      copy?.replace(/SEQUENCE:\d/, `SEQUENCE:${sequence}`);
    const stored = calendar(undefined, ...event('DTSTART:20300101T100000Z', 'SEQUENCE:1', ...people));
    const accepted = kept(reply('20260101T120000Z', 1, 'ACCEPTED'), stored, bob);
    expect(accepted).toContain('PARTSTAT=ACCEPTED');
    expect(kept(reply('20260101T110000Z', 1, 'DECLINED'), accepted, bob)).toBeUndefined();
    expect(kept(reply('20260101T130000Z', 0, 'DECLINED'), accepted, bob)).toBeUndefined();
    expect(kept(reply('20260101T130000Z', 1, 'DECLINED'), accepted, bob)).toContain('PARTSTAT=DECLINED');
    expect(kept(reply('20260101T110000Z', 2, 'DECLINED'), invited(2, accepted), bob)).toContain('PARTSTAT=DECLINED');
    expect(kept(reply('20260101T130000Z', 1, 'DECLINED'), invited(2, accepted), bob)).toBeUndefined();
  });

  it('is left alone by a free-busy search and by a REFRESH', () => {
    const search = [
      'BEGIN:VFREEBUSY',
      'UID:f',
      'DTSTAMP:20260101T000000Z',
      'DTSTART:20300101T000000Z',
      'DTEND:20300102T000000Z',
      ...people,
      'END:VFREEBUSY',
    ];
    expect(kept(calendar('REQUEST', ...search), undefined, alice)).toBeUndefined();
    expect(
      kept(calendar('REFRESH', ...event(`ORGANIZER:${alice}`, `ATTENDEE:${bob}`)), undefined, bob),
    ).toBeUndefined();
  });
});

describe('who a message is from and to', () => {
  it('is the organizer and all other attendees', () => {
    const invitation = message(
      calendar(
        'REQUEST',
        ...event('DTSTART:20300101T100000Z', `ORGANIZER:${alice}`, `ATTENDEE:${alice}`, `ATTENDEE:${bob}`),
      ),
    );
    expect(addressingOf(invitation)).toEqual({ originator: alice, recipients: [bob] });
  });

  it('is the attendee and the organizer for an answer', () => {
    const answer = message(calendar('REPLY', ...event(`ORGANIZER:${alice}`, `ATTENDEE;PARTSTAT=ACCEPTED:${bob}`)));
    expect(addressingOf(answer)).toEqual({ originator: bob, recipients: [alice] });
  });

  it('is what the caller says, where the caller says it', () => {
    const invitation = message(
      calendar(
        'REQUEST',
        ...event('DTSTART:20300101T100000Z', `ORGANIZER:${alice}`, `ATTENDEE:${bob}`, `ATTENDEE:${carol}`),
      ),
    );
    expect(addressingOf(invitation, { recipients: [parseCalAddress(carol)] }).recipients).toEqual([carol]);
  });

  it('is asked for where the message leaves it open', () => {
    const counter = message(
      calendar(
        'COUNTER',
        ...event('DTSTART:20300101T100000Z', `ORGANIZER:${alice}`, `ATTENDEE:${bob}`, `ATTENDEE:${carol}`),
      ),
    );
    expect(() => addressingOf(counter)).toThrow(AddressingError);
    const alone = message(
      calendar('REQUEST', ...event('DTSTART:20300101T100000Z', `ORGANIZER:${alice}`, `ATTENDEE:${alice}`)),
    );
    expect(() => addressingOf(alone)).toThrow('names nobody to send it to');
  });
});
