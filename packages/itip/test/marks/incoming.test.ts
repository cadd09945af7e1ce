import { type Component, parseCalendar, subcomponents } from '@isched/icalendar';
import { describe, expect, it } from 'vitest';
import { type ItipMessage, type ItipPolicy, onUpdate, readItipMessage } from '../../src/index.ts';
import { address, context, message, now, process, unfolded, vcalendar, vevent } from '../support/calendar.ts';
import { corpusFiles, corpusNote, corpusText, corpusThere } from '../support/corpus.ts';
import { houseMark, markedAll } from '../support/marks.ts';

const [o, b, c] = ['o', 'b', 'c'].map((name) => `mailto:${name}@example.com`) as [string, string, string];
const series = ['DTSTART:20261109T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=5', 'SUMMARY:x'];

function requested(stamp: string, ...lines: readonly string[]): ItipMessage {
  return message('REQUEST', vevent(`DTSTAMP:${stamp}`, ...series, `ATTENDEE:${b}`, ...lines));
}

const accepted = vcalendar(undefined, vevent('DTSTAMP:20261101T000000Z', ...series, `ATTENDEE;PARTSTAT=ACCEPTED:${b}`));
const organized = vcalendar(undefined, vevent('DTSTAMP:20261101T000000Z', ...series, `ATTENDEE:${b}`, `ATTENDEE:${c}`));

describe('a stranger can’t set our marks', () => {
  it('an instance that the organizer takes out is not one that the attendee threw out', () => {
    const hostile = requested('20261102T000000Z', 'EXDATE;X-ISCHED-OWN="0/20261101T000000 /":20261110T100000Z');
    const first = process(hostile, accepted, context(b));
    expect(first.text).toContain('EXDATE:20261110T100000Z');
    // the instance comes back: the attendee's house must not say no in their name
    const back = message(
      'REQUEST',
      vevent('DTSTAMP:20261103T000000Z', ...series, `ATTENDEE:${b}`),
      vevent(
        'DTSTAMP:20261103T000000Z',
        'RECURRENCE-ID:20261110T100000Z',
        'DTSTART:20261110T100000Z',
        'DURATION:PT1H',
        `ATTENDEE:${b}`,
      ),
    );
    const second = process(back, first.stored, context(b));
    const said = second.judgement.replies.map((each) => unfolded(each.calendar)).join('');
    expect(said).not.toContain('DECLINED');
    expect(second.text).toContain('RECURRENCE-ID:20261110T100000Z');
  });

  it('no date is from a message that was never sent', () => {
    const hostile = requested(
      '20261102T000000Z',
      'EXDATE;X-ISCHED-REVISION=99/20991231T235959:20261110T100000Z',
      'RDATE;X-ISCHED-REVISION=99/20991231T235959:20261120T100000Z',
    );
    const first = process(hostile, accepted, context(b));
    const second = process(requested('20261103T000000Z'), first.stored, context(b));
    expect(second.text).not.toMatch(/EXDATE|RDATE/);
  });

  it('a delegate whom a delegator names with our marks can answer', () => {
    const marks = 'X-ISCHED-REPLIES-SINCE=99;X-CALENDARSERVER-RESET-PARTSTAT=99;X-SEQUENCE=99;SCHEDULE-AGENT=NONE';
    const delegation = message(
      'REPLY',
      vevent(
        'DTSTAMP:20261102T000000Z',
        `ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:d@example.com":${b}`,
        `ATTENDEE;DELEGATED-FROM="${b}";${marks}:mailto:d@example.com`,
      ),
    );
    const first = process(delegation, organized, context(o, { sender: address(b) }));
    expect(first.judgement.reason).toBe('delegated');
    expect(first.text).toContain(`ATTENDEE;DELEGATED-FROM="${b}";PARTSTAT=NEEDS-ACTION:mailto:d@example.com`);
    const answer = message(
      'REPLY',
      vevent('DTSTAMP:20261103T000000Z', 'ATTENDEE;PARTSTAT=ACCEPTED:mailto:d@example.com'),
    );
    expect(process(answer, first.stored, context(o)).judgement.reason).toBe('answered');
  });

  it('whoever is added uninvited does not say how our server treats them', () => {
    const marks =
      'SCHEDULE-FORCE-SEND=REQUEST;SCHEDULE-AGENT=NONE;X-ISCHED-REPLIES-SINCE=99;X-CALENDARSERVER-RESET-PARTSTAT=99';
    const crash = message('REPLY', vevent(`ATTENDEE;PARTSTAT=ACCEPTED;${marks}:mailto:x@example.com`));
    const done = process(crash, organized, context(o, { policy: { uninvited: 'add' } }));
    expect(done.judgement.reason).toBe('uninvited-added');
    expect(done.text).toContain('ATTENDEE;PARTSTAT=ACCEPTED:mailto:x@example.com');
  });

  it('an answer leaves no marks but those of our own making', () => {
    const said = message(
      'REPLY',
      vevent(
        'DTSTAMP:20261102T000000Z',
        'X-ISCHED-OWN:TRUE',
        'RECURRENCE-ID;X-ISCHED-OWN=TRUE:20261111T100000Z',
        `ATTENDEE;PARTSTAT=ACCEPTED;X-SEQUENCE=99;X-DTSTAMP=20991231T235959Z;X-ISCHED-REPLIES-SINCE=99:${b}`,
      ),
    );
    const done = process(said, organized, context(o));
    expect(done.text).toContain('\nRECURRENCE-ID:20261111T100000Z');
    expect(done.text).toContain(`ATTENDEE;PARTSTAT=ACCEPTED;X-SEQUENCE=0;X-DTSTAMP=20261102T000000Z:${b}`);
    expect(done.text).not.toContain('X-ISCHED-REPLIES-SINCE');
  });

  it('not even where the policy shares every X- property', () => {
    const policy: Partial<ItipPolicy> = { sharedExtensions: ['X-*'] };
    const done = process(
      requested('20261102T000000Z', 'X-ISCHED-OWN:TRUE', 'X-THEIRS:1'),
      undefined,
      context(b, { policy }),
    );
    expect(done.text).toContain('X-THEIRS:1');
    expect(done.text).not.toContain('X-ISCHED');
    const sent = onUpdate(
      organized,
      vcalendar(undefined, vevent('DTSTAMP:20261101T000000Z', ...series, 'X-ISCHED-OWN:TRUE', `ATTENDEE:${b}`)),
      {
        user: address(o),
        now,
        policy,
      },
    );
    for (const { message: each } of sent.messages) expect(unfolded(each.calendar)).not.toMatch(houseMark);
  });
});

describe.skipIf(!corpusThere)(`messages of RFC 5546 §4 with our marks in every line${corpusNote}`, () => {
  const readable = corpusFiles('itip/rfc5546', '.ics').flatMap((file): readonly (readonly [string, Component])[] => {
    try {
      const calendar = parseCalendar(corpusText(`itip/rfc5546/${file}`));
      readItipMessage(calendar);
      return [[file, calendar]];
    } catch {
      return []; // misprinted; told in the stories
    }
  });
  it('most of the 52 can be read', () => expect(readable.length).toBeGreaterThanOrEqual(48));

  it.each(readable)('%s comes to the same as without', (_, calendar) => {
    const user = 'mailto:b@example.com';
    const hostile = readItipMessage(markedAll(calendar));
    const honest = readItipMessage(calendar);
    for (const stored of [undefined, copyOf(calendar)]) {
      const [with_, without] = [hostile, honest].map((each) => process(each, stored, context(user)));
      expect(with_?.judgement.reason).toBe(without?.judgement.reason);
      expect(with_?.text).toBe(without?.text);
      expect(with_?.judgement.replies.map((each) => unfolded(each.calendar))).toEqual(
        without?.judgement.replies.map((each) => unfolded(each.calendar)),
      );
    }
  });
});

/** An older copy of what a message is about. */
function copyOf(calendar: Component): Component {
  const older = unfolded(calendar)
    .replaceAll(/^METHOD:.*\n/gm, '')
    .replaceAll(/^DTSTAMP:\d{4}/gm, 'DTSTAMP:1990')
    .replaceAll(/^SUMMARY:/gm, 'SUMMARY:old ');
  return parseCalendar(older.replaceAll('\n', '\r\n'));
}

it('a text in which no mark stands is read as it is', () => {
  const calendar = vcalendar('REQUEST', vevent('DTSTAMP:20261101T000000Z', ...series, `ATTENDEE:${b}`));
  expect(readItipMessage(calendar).calendar).toBe(calendar);
  expect(subcomponents(readItipMessage(markedAll(calendar)).calendar, 'VEVENT')).toHaveLength(1);
});
