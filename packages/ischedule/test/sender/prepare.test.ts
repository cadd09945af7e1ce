import { formatCalendar, type Component } from '@isched/icalendar';
import { describe, expect, it } from 'vitest';
import { breachesOf, objectFor, prepareObject, writtenAddress } from '../../src/sender/prepare.ts';
import {
  address,
  calendarText,
  cyrus,
  end,
  invitation,
  itipOf,
  mike,
  type MessageText,
  organizer,
  search,
  start,
} from '../support/messages.ts';

const linesOf = (calendar: Component): readonly string[] =>
  formatCalendar(calendar)
    .replace(/\r\n[ \t]/g, '')
    .split('\r\n');
const b = address('mailto:bernard@example.com');
const c = address('mailto:cyrus@example.org');
const m = address('mailto:mike@example.org');

function prepared(text: MessageText, recipients = [c]): Component {
  const itip = itipOf(text);
  return objectFor(prepareObject(itip), itip, { originator: b, recipients });
}

describe('the object that is sent', () => {
  it('[IS-3.22] is byte for byte what it was, where nothing has to change', () => {
    const text = { lines: [organizer, cyrus, start, 'X-ODD;X-P="a,b":keep\\, me ', 'DESCRIPTION:folded\r\n  here'] };
    expect(formatCalendar(prepared(text))).toBe(calendarText(text));
  });

  it('[Q45, Q22] leaves private properties and parameters out', () => {
    const lines = linesOf(
      prepared({
        lines: [
          'ORGANIZER;SCHEDULE-AGENT=SERVER;SCHEDULE-STATUS="1.2":mailto:bernard@example.com',
          'ATTENDEE;SCHEDULE-FORCE-SEND=REQUEST;X-DTSTAMP=20261122T120000Z;X-SEQUENCE=1;X-CALENDARSERVER-DTSTAMP=x;CN=Cyrus:mailto:cyrus@example.org',
          'X-CALENDARSERVER-ACCESS:CONFIDENTIAL',
          'X-CALENDARSERVER-PRIVATE-COMMENT:mine',
          'X-ISCHED-OWN:TRUE',
          'EXDATE;X-ISCHED-REVISION=1/20261122T120000:20261123T120000Z',
          'X-MASK-UID:stays',
          start,
        ],
        more: [
          'X-CALENDARSERVER-MASK-UID:other',
          'BEGIN:X-CALENDARSERVER-PERUSER\r\nUID:1\r\nEND:X-CALENDARSERVER-PERUSER',
        ],
      }),
    );
    expect(lines).toContain(organizer);
    expect(lines).toContain('ATTENDEE;CN=Cyrus:mailto:cyrus@example.org');
    expect(lines).toContain('X-MASK-UID:stays');
    expect(lines).toContain('EXDATE:20261123T120000Z');
    expect(lines.join('\n')).not.toMatch(/X-CALENDARSERVER|X-ISCHED|SCHEDULE-/);
  });

  it('says which answers count no more', () => {
    const asked = 'ATTENDEE;X-CALENDARSERVER-RESET-PARTSTAT=2:mailto:cyrus@example.org';
    expect(linesOf(prepared({ lines: [organizer, asked, start] }))).toContain(asked);
  });

  it('[IS-3.38, IS-3.12, Q17] writes addresses as the fields will, and the fields as it does', () => {
    const itip = itipOf({
      lines: [
        'ORGANIZER:MAILTO:Bernard@Example.com',
        'ATTENDEE:Mailto:Cyrus@Example.ORG',
        'ATTENDEE:mailto:a,b@example.org',
        'ATTENDEE:bare@example.org',
        start,
      ],
    });
    const object = prepareObject(itip);
    expect(linesOf(object.calendar)).toEqual(
      expect.arrayContaining([
        'ORGANIZER:mailto:Bernard@Example.com',
        'ATTENDEE:mailto:Cyrus@Example.ORG',
        'ATTENDEE:mailto:a%2Cb@example.org',
        'ATTENDEE:mailto:bare@example.org',
      ]),
    );
    expect(writtenAddress(object, b)).toBe('mailto:Bernard@Example.com');
    expect(writtenAddress(object, c)).toBe('mailto:Cyrus@Example.ORG');
    expect(writtenAddress(object, address('mailto:stranger@example.org'))).toBe('mailto:stranger@example.org');
  });

  it('[IS-3.33, Q43] cuts a VFREEBUSY to the recipients of the request', () => {
    const lines = linesOf(prepared(search, [m]));
    expect(lines).toContain(mike);
    expect(lines).not.toContain(cyrus);
    expect(linesOf(prepared(invitation, [m]))).toContain(cyrus);
  });

  it('[IS-3.36] adds recipients to a CANCEL or ADD, and the originator to a COUNTER, where they are missing', () => {
    expect(linesOf(prepared({ method: 'CANCEL', lines: [organizer, start, 'SEQUENCE:1'] }, [c, m]))).toEqual(
      expect.arrayContaining(['ATTENDEE:mailto:cyrus@example.org', 'ATTENDEE:mailto:mike@example.org']),
    );
    expect(
      linesOf(prepared({ method: 'ADD', lines: [organizer, cyrus, start, 'SEQUENCE:1'] }, [c])).filter((line) =>
        line.startsWith('ATTENDEE'),
      ),
    ).toEqual([cyrus]);
    const counter = itipOf({ method: 'COUNTER', lines: [organizer, start] });
    const object = objectFor(prepareObject(counter), counter, { originator: c, recipients: [b] });
    expect(linesOf(object)).toContain('ATTENDEE:mailto:cyrus@example.org');
    expect(linesOf(prepared({ lines: [organizer, start] }, [c])).join('\n')).not.toContain('ATTENDEE');
  });
});

describe('our own mistakes', () => {
  const breaches = (text: MessageText, originator = b, recipients = [c, m]) => {
    const itip = itipOf(text);
    return breachesOf(prepareObject(itip), { itip, originator, recipients }).map(([key, verdict]) => [
      key,
      verdict.status === 'failed' && verdict.by,
    ]);
  };

  it('[IS-3.24, IS-3.32] are found recipient by recipient', () => {
    expect(breaches(invitation)).toEqual([['mailto:mike@example.org', 'configuration']]);
    expect(breaches({ ...invitation, lines: [...invitation.lines, mike] })).toEqual([]);
    expect(breaches(search, b, [c, m])).toEqual([]);
    expect(breaches(invitation, c, [m])).toEqual([['mailto:mike@example.org', 'configuration']]);
  });

  it('[IS-3.26] a CANCEL without ATTENDEE is none: they are added', () => {
    expect(breaches({ method: 'CANCEL', lines: [organizer, start, end] })).toEqual([]);
  });
});
