import { epochMs } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { admits, unsupportedRscales } from '../../src/capabilities/admits.ts';
import { type Capabilities, ownCapabilities } from '../../src/capabilities/capabilities.ts';
import {
  calendarText,
  cyrus,
  end,
  invitation,
  itipOf,
  type MessageText,
  organizer,
  start,
} from '../support/messages.ts';

const own = ownCapabilities({ serialNumber: 1, administrator: 'mailto:a@example.org' });

function faultOf(text: MessageText, capabilities: Capabilities, mediaType = 'text/calendar'): string | undefined {
  const content = calendarText(text);
  return admits({ itip: itipOf(content), mediaType, contentOctets: Buffer.byteLength(content) }, capabilities)?.fault;
}

const withLines = (...lines: readonly string[]): MessageText => ({ lines: [organizer, cyrus, ...lines] });
const dated = (...lines: readonly string[]): MessageText => withLines(start, end, ...lines);

describe('a message against capabilities', () => {
  it('[IS-2.35] nothing stated, nothing refused', () => {
    expect(faultOf(dated('ATTACH:https://example.com/x', 'RRULE:FREQ=SECONDLY'), {})).toBeUndefined();
  });

  it('[IS-2.41] version', () => {
    expect(faultOf(invitation, { versions: ['2.0'] })).toBe('version-not-supported');
    expect(faultOf(invitation, { versions: ['2.0', '1.0'] })).toBeUndefined();
    expect(faultOf(invitation, { versions: ['1'] })).toBeUndefined();
  });

  it('[IS-2.43] media type', () => {
    const capabilities = { calendarDataTypes: [{ contentType: 'application/calendar+json' }] };
    expect(faultOf(invitation, capabilities)).toBe('invalid-calendar-data-type');
    expect(faultOf(invitation, capabilities, 'application/calendar+json')).toBeUndefined();
  });

  it('[IS-2.44, IS-2.29] size', () => {
    const octets = Buffer.byteLength(calendarText(invitation));
    expect(faultOf(invitation, { maxContentLength: octets })).toBeUndefined();
    expect(faultOf(invitation, { maxContentLength: octets - 1 })).toBe('max-content-length');
  });

  it('[IS-2.42, IS-2.23] component and method', () => {
    const only = (component: string, ...methods: readonly string[]) => ({
      schedulingMessages: [{ component, methods }],
    });
    expect(faultOf(invitation, only('VEVENT', 'REPLY'))).toBe('invalid-scheduling-message');
    expect(faultOf(invitation, only('VTODO', 'REQUEST'))).toBe('invalid-scheduling-message');
    expect(faultOf(invitation, only('VEVENT', 'REQUEST'))).toBeUndefined();
    expect(faultOf(invitation, only('VEVENT'))).toBeUndefined();
    expect(faultOf(invitation, { schedulingMessages: [] })).toBeUndefined();
  });

  it.each([
    ['ATTACH:https://example.com/agenda.pdf', false],
    ['ATTACH:CID:agenda', false],
    ['ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJD', true],
    ['ATTACH;ENCODING=base64:QUJD', true],
    ['ATTACH:data:text/plain;base64,QUJD', true],
  ])('[IS-2.47, IS-4.17, Q12, IS-7.3] %s', (line, inline) => {
    const taking = (inlineTaken: boolean, external: boolean) =>
      faultOf(dated(line), { attachments: { inline: inlineTaken, external } });
    expect(taking(true, true)).toBeUndefined();
    expect(taking(inline, !inline)).toBeUndefined();
    expect(taking(!inline, inline)).toBe('attachment-type-not-supported');
    expect(taking(false, false)).toBe('attachment-type-not-supported');
  });

  it('[IS-4.17] attachments of alarms count too', () => {
    const alarm = [
      'BEGIN:VALARM',
      'ACTION:AUDIO',
      'TRIGGER:-PT5M',
      'ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJD',
      'END:VALARM',
    ];
    expect(faultOf(dated(...alarm), own)).toBe('attachment-type-not-supported');
  });
});

describe('dates', () => {
  const capabilities = { minDateTime: epochMs(Date.UTC(2000, 0, 1)), maxDateTime: epochMs(Date.UTC(2040, 0, 1)) };

  it.each([
    ['DTSTART:20000101T000000Z', undefined],
    ['DTSTART:19991231T235959Z', 'min-date-time'],
    ['DTSTART:20400101T000000Z', undefined],
    ['DTSTART:20400101T000001Z', 'max-date-time'],
    ['DTSTART;VALUE=DATE:20000101', undefined],
    ['DTSTART;VALUE=DATE:19991231', 'min-date-time'],
    ['DTSTART;TZID=Pacific/Auckland:20400101T100000', undefined],
    ['DTSTART;TZID=Pacific/Auckland:20400102T150000', 'max-date-time'],
    ['DTSTART:01000101T000000Z', 'min-date-time'],
    ['DTSTART:99991231T235959Z', 'max-date-time'],
    ['DTSTART:20300110T100000Z\r\nDTEND:20410110T100000Z', 'max-date-time'],
    ['DTSTART:20300110T100000Z\r\nRDATE;VALUE=PERIOD:20310101T000000Z/PT1H,19900101T000000Z/PT1H', 'min-date-time'],
    ['DTSTART:20300110T100000Z\r\nDURATION:PT1H', undefined],
    ['DTSTART:20300110T100000Z\r\nEXDATE:19900110T100000Z', undefined],
    ['DTSTART:20300110T100000Z\r\nCREATED:19900110T100000Z', undefined],
  ])('[IS-2.45, IS-4.18, IS-4.19] %s: %s', (lines, fault) => {
    expect(faultOf(withLines(lines), capabilities)).toBe(fault);
  });

  it("[IS-2.37] those inside VTIMEZONE are nobody's business", () => {
    const zone =
      'BEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE';
    expect(faultOf({ ...withLines('DTSTART;TZID=X:20300110T100000'), more: [zone] }, own)).toBeUndefined();
  });

  it.each([
    'DTSTART:20301310T100000Z',
    'DTSTART:20300230',
    'DTSTART:tomorrow',
    'DTSTART:',
    'DTSTART:20300110T100000Z\r\nRDATE:20300110T100000Z,x',
  ])('[IS-4.14] %s is no date', (lines) => {
    expect(faultOf(withLines(lines), own)).toBe('invalid-calendar-data');
  });
});

describe('instances', () => {
  const counting = (lines: readonly string[], maxInstances = 10) => faultOf(dated(...lines), { ...own, maxInstances });

  it.each([
    [['RRULE:FREQ=DAILY;COUNT=10'], undefined],
    [['RRULE:FREQ=DAILY;COUNT=11'], 'max-instances'],
    [['RRULE:FREQ=DAILY;COUNT=11', 'EXDATE:20300112T100000Z'], undefined],
    [['RRULE:FREQ=DAILY;UNTIL=20300119T100000Z'], undefined],
    [['RRULE:FREQ=DAILY;UNTIL=20300120T100000Z'], 'max-instances'],
    [[`RDATE:${Array.from({ length: 9 }, (_, day) => `203002${day + 10}T100000Z`).join(',')}`], undefined],
    [[`RDATE:${Array.from({ length: 10 }, (_, day) => `203002${day + 10}T100000Z`).join(',')}`], 'max-instances'],
    [[], undefined],
  ])('[IS-2.31, IS-2.46, IS-4.20] %j: %s', (lines, fault) => {
    expect(counting(lines)).toBe(fault);
  });

  it('[IS-4.20] a rule without end counts for two years', () => {
    expect(counting(['RRULE:FREQ=WEEKLY'], 1_000)).toBeUndefined();
    expect(counting(['RRULE:FREQ=DAILY'], 1_000)).toBeUndefined();
    expect(counting(['RRULE:FREQ=WEEKLY'], 100)).toBe('max-instances');
    expect(counting(['RRULE:FREQ=HOURLY'], 1_000)).toBe('max-instances');
  });

  it.each([
    'RRULE:FREQ=SECONDLY',
    'RRULE:FREQ=SECONDLY;COUNT=1000000000',
    'RRULE:FREQ=MINUTELY;INTERVAL=1',
    'RRULE:FREQ=DAILY;UNTIL=99991231T000000Z',
  ])('[IS-4.20] %s is more than anybody takes', (rule) => {
    expect(counting([rule], 1_000)).toBe('max-instances');
  });

  it('[IS-4.20] a rule that never comes true is given up', () => {
    expect(['max-instances', undefined]).toContain(counting(['RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30'], 1_000));
  });

  it('[IS-4.20] instances without master count', () => {
    const instance = (day: number): string =>
      `BEGIN:VEVENT\r\nUID:one@example.com\r\nDTSTAMP:20261122T120000Z\r\nRECURRENCE-ID:203001${day}T100000Z\r\n${organizer}\r\n${cyrus}\r\n${start}\r\nEND:VEVENT`;
    const more = Array.from({ length: 10 }, (_, index) => instance(index + 11));
    expect(faultOf({ ...dated(), more }, { ...own, maxInstances: 10 })).toBe('max-instances');
  });

  it('[IS-2.37, IS-4.19] generated instances keep the dates too', () => {
    expect(counting(['RRULE:FREQ=YEARLY;COUNT=80'], 1_000)).toBe('max-date-time');
    expect(counting(['RRULE:FREQ=YEARLY;COUNT=60'], 1_000)).toBeUndefined();
  });

  it.each(['RRULE:FREQ=NEVER', 'RRULE:COUNT=1', 'RRULE:'])('[IS-4.14] %s is no rule', (rule) => {
    expect(counting([rule], 1_000)).toBe('invalid-calendar-data');
  });
});

describe('calendar scales', () => {
  it('[IS-2.28] of RFC 7529 are only taken where listed', () => {
    const itip = itipOf(dated('RRULE:RSCALE=chinese;FREQ=YEARLY;COUNT=2'));
    expect(unsupportedRscales(itip, { rscales: [] })).toEqual(['CHINESE']);
    expect(unsupportedRscales(itip, { rscales: ['GREGORIAN', 'CHINESE'] })).toEqual([]);
    expect(unsupportedRscales(itip, {})).toEqual([]);
    expect(unsupportedRscales(itipOf(dated('RRULE:FREQ=DAILY;COUNT=2')), { rscales: [] })).toEqual([]);
  });
});
