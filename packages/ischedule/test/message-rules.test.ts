import { describe, expect, it } from 'vitest';
import { checkMessageRules, type MessageRuleOptions } from '../src/message-rules.ts';
import {
  address,
  cyrus,
  end,
  itipOf,
  type MessageText,
  mike,
  organizer,
  recipient,
  search,
  start,
} from './support/messages.ts';

interface Addressed {
  readonly from: string;
  readonly to: readonly string[];
  readonly methods?: readonly string[];
  readonly components?: readonly string[];
}

function faultOf(
  text: MessageText | string,
  { from, to, methods = [], components = [] }: Addressed,
  options: MessageRuleOptions = {},
): string | undefined {
  const envelope = {
    originator: address(from),
    recipients: to.map(recipient),
    statedMethods: methods,
    statedComponents: components,
  };
  return checkMessageRules(itipOf(text), envelope, options)?.fault;
}

const b = 'mailto:bernard@example.com';
const c = 'mailto:cyrus@example.org';
const m = 'mailto:mike@example.org';
const invalid = 'invalid-scheduling-message';
const times = [start, end];
const event = (method: string, ...lines: readonly string[]): MessageText => ({ method, lines: [...times, ...lines] });

describe('who may send what to whom', () => {
  it.each(['REQUEST', 'CANCEL', 'DECLINECOUNTER'])(
    '[IS-3.24, IS-3.26, IS-3.27] %s: from the ORGANIZER to ATTENDEEs',
    (method) => {
      const message = event(method, organizer, cyrus, mike, 'SEQUENCE:1');
      expect(faultOf(message, { from: b, to: [c] })).toBeUndefined();
      expect(faultOf(message, { from: b, to: [c, m] })).toBeUndefined();
      expect(faultOf(message, { from: b, to: [c, 'mailto:stranger@example.org'] })).toBe(invalid);
      expect(faultOf(message, { from: 'mailto:other@example.com', to: [c] })).toBe(invalid);
      expect(faultOf(message, { from: c, to: [m] })).toBe(invalid);
      expect(faultOf(message, { from: b, to: [b] })).toBe(invalid);
    },
  );

  it('[IS-3.25, IS-4.15] ADD: like REQUEST, with a SEQUENCE above 0', () => {
    expect(faultOf(event('ADD', organizer, cyrus, 'SEQUENCE:3'), { from: b, to: [c] })).toBeUndefined();
    expect(faultOf(event('ADD', organizer, cyrus, 'SEQUENCE:3'), { from: c, to: [b] })).toBe(invalid);
    expect(faultOf(event('ADD', organizer, cyrus, 'SEQUENCE:0'), { from: b, to: [c] })).toBe(invalid);
    expect(faultOf(event('ADD', organizer, cyrus), { from: b, to: [c] })).toBe(invalid);
  });

  it.each(['REPLY', 'REFRESH'])('[IS-3.28, IS-3.29, Q46] %s: from the one ATTENDEE to the ORGANIZER', (method) => {
    expect(faultOf(event(method, organizer, cyrus), { from: c, to: [b] })).toBeUndefined();
    expect(faultOf(event(method, organizer, cyrus), { from: b, to: [c] })).toBe(invalid);
    expect(faultOf(event(method, organizer, cyrus), { from: m, to: [b] })).toBe(invalid);
    expect(faultOf(event(method, organizer, cyrus), { from: c, to: [b, m] })).toBe(invalid);
    expect(faultOf(event(method, organizer, cyrus, mike), { from: c, to: [b] })).toBe(invalid);
    expect(faultOf(event(method, organizer), { from: c, to: [b] })).toBe(invalid);
  });

  it('[Q46] REPLY: the same ATTENDEE in every component', () => {
    const instance = (attendee: string): string =>
      `BEGIN:VEVENT\r\nUID:one@example.com\r\nDTSTAMP:20261122T120000Z\r\nRECURRENCE-ID:20300117T100000Z\r\n${organizer}\r\n${attendee}\r\nEND:VEVENT`;
    expect(
      faultOf({ ...event('REPLY', organizer, cyrus), more: [instance(cyrus)] }, { from: c, to: [b] }),
    ).toBeUndefined();
    expect(faultOf({ ...event('REPLY', organizer, cyrus), more: [instance(mike)] }, { from: c, to: [b] })).toBe(
      invalid,
    );
  });

  it('[IS-3.30] COUNTER: from an ATTENDEE to the ORGANIZER', () => {
    expect(faultOf(event('COUNTER', organizer, cyrus, mike), { from: m, to: [b] })).toBeUndefined();
    expect(faultOf(event('COUNTER', organizer, cyrus), { from: m, to: [b] })).toBe(invalid);
    expect(faultOf(event('COUNTER', organizer, cyrus), { from: c, to: [m] })).toBe(invalid);
  });

  it('[IS-3.35] an ATTENDEE may not send a REQUEST at all: no forwarding, no delegation', () => {
    const delegation = event(
      'REQUEST',
      organizer,
      cyrus,
      'ATTENDEE;DELEGATED-FROM="mailto:cyrus@example.org":mailto:mike@example.org',
    );
    expect(faultOf(delegation, { from: c, to: [m] })).toBe(invalid);
  });

  it('[IS-3.23] SENT-BY gives no right', () => {
    const message = event(
      'REQUEST',
      'ORGANIZER;SENT-BY="mailto:secretary@example.com":mailto:bernard@example.com',
      cyrus,
    );
    expect(faultOf(message, { from: 'mailto:secretary@example.com', to: [c] })).toBe(invalid);
    expect(faultOf(message, { from: b, to: [c] })).toBeUndefined();
  });

  it('[IS-3.31] PUBLISH: refused, unless policy takes it', () => {
    const message = event('PUBLISH', organizer);
    expect(faultOf(message, { from: b, to: [c] })).toBe(invalid);
    expect(faultOf(message, { from: b, to: [c] }, { allowPublish: true })).toBeUndefined();
    expect(faultOf(message, { from: c, to: [b] }, { allowPublish: true })).toBe(invalid);
  });

  it('[IS-3.39, Q17, Q49] addresses are compared normalised', () => {
    const message = event('REQUEST', 'ORGANIZER:MAILTO:Bernard@EXAMPLE.com', 'ATTENDEE:mailto:c%79rus@example.org');
    expect(faultOf(message, { from: b, to: ['CYRUS@Example.ORG'] })).toBeUndefined();
  });
});

describe('free-busy', () => {
  it('[IS-3.32] Recipients equal ATTENDEEs one for one', () => {
    expect(faultOf(search, { from: b, to: [m, c] })).toBeUndefined();
    expect(faultOf(search, { from: b, to: [c] })).toBe('recipient-mismatch');
    expect(faultOf(search, { from: b, to: [c, m, 'mailto:x@example.org'] })).toBe('recipient-mismatch');
    expect(faultOf(search, { from: c, to: [c, m] })).toBe(invalid);
  });

  it('[IS-3.34, Q43] a switch takes some of the ATTENDEEs, but nobody else', () => {
    expect(faultOf(search, { from: b, to: [c] }, { freeBusyRecipients: 'some' })).toBeUndefined();
    expect(faultOf(search, { from: b, to: ['mailto:x@example.org'] }, { freeBusyRecipients: 'some' })).toBe(
      'recipient-mismatch',
    );
  });

  it.each([
    ['a floating DTSTART', 'DTSTART:20300110T100000', end],
    ['a day', 'DTSTART;VALUE=DATE:20300110', end],
    ['a zoned DTEND', start, 'DTEND;TZID=Europe/Berlin:20300110T110000'],
    ['no DTEND', start, 'X-NOTHING:here'],
    ['an end before the start', end.replace('DTEND', 'DTSTART'), start.replace('DTSTART', 'DTEND')],
    ['no time at all', start, start.replace('DTSTART', 'DTEND')],
  ])('[IS-6.1, IS-6.2, Q44] refuses %s', (_what, from, to) => {
    expect(faultOf({ ...search, lines: [organizer, cyrus, from, to] }, { from: b, to: [c] })).toBe(invalid);
  });

  it('[IS-6.1] is one VFREEBUSY', () => {
    const second = [
      'BEGIN:VFREEBUSY',
      'UID:one@example.com',
      'DTSTAMP:20261122T120000Z',
      organizer,
      cyrus,
      start,
      end,
      'END:VFREEBUSY',
    ];
    expect(faultOf({ ...search, lines: [organizer, cyrus, start, end], more: second }, { from: b, to: [c] })).toBe(
      invalid,
    );
  });
});

describe('what a message must have', () => {
  const to = { from: b, to: [c] };

  it.each([
    ['DTSTAMP', ['UID:one@example.com', organizer, cyrus, start]],
    ['DTSTART', ['UID:one@example.com', 'DTSTAMP:20261122T120000Z', organizer, cyrus]],
    ['ORGANIZER', ['UID:one@example.com', 'DTSTAMP:20261122T120000Z', cyrus, start]],
    ['ATTENDEE', ['UID:one@example.com', 'DTSTAMP:20261122T120000Z', organizer, start]],
  ])('[IS-4.15] %s', (_missing, lines) => {
    const text = [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:x',
      'METHOD:REQUEST',
      'BEGIN:VEVENT',
      ...lines,
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ].join('\r\n');
    expect(faultOf(text, to)).toBe(invalid);
  });

  it("[IS-4.15] a VTODO may be without DTSTART, PRIORITY and SUMMARY, as the draft's own example is", () => {
    expect(faultOf({ component: 'VTODO', lines: [organizer, cyrus, 'DUE;VALUE=DATE:20300110'] }, to)).toBeUndefined();
  });

  it('[IS-3.37] one component type besides VTIMEZONE', () => {
    const zone =
      'BEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE';
    expect(faultOf({ ...event('REQUEST', organizer, cyrus), more: [zone] }, to)).toBeUndefined();
    expect(
      faultOf(
        { ...event('REQUEST', organizer, cyrus), more: ['BEGIN:VAVAILABILITY\r\nUID:2\r\nEND:VAVAILABILITY'] },
        to,
      ),
    ).toBe(invalid);
  });
});

describe('Content-Type against the body', () => {
  const message = event('REQUEST', organizer, cyrus);

  it('[IS-3.16, Q18] may say nothing', () => {
    expect(faultOf(message, { from: b, to: [c] })).toBeUndefined();
  });

  it('[IS-3.17] may say the same, and more components', () => {
    expect(
      faultOf(message, { from: b, to: [c], methods: ['REQUEST'], components: ['VTIMEZONE', 'VEVENT'] }),
    ).toBeUndefined();
  });

  it('[IS-3.18, Q18] must not contradict', () => {
    expect(faultOf(message, { from: b, to: [c], methods: ['CANCEL'] })).toBe(invalid);
    expect(faultOf(message, { from: b, to: [c], methods: ['REQUEST', 'CANCEL'] })).toBe(invalid);
    expect(faultOf(message, { from: b, to: [c], components: ['VTODO'] })).toBe(invalid);
  });
});
