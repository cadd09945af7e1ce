import { FetchError, type FetchFailure, type FetchResponse } from '@isched/runtime';
import { epochMs, octetsFromText } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { meaningOf, meaningOfStatus, type Verdict } from '../../src/sender/outcomes.ts';
import { readVerdicts, verdictOfFailures } from '../../src/sender/read-verdicts.ts';
import { address } from '../support/messages.ts';

const now = epochMs(Date.UTC(2026, 10, 22, 14, 0, 0));
const c = address('mailto:cyrus@example.org');
const m = address('mailto:mike@example.org');

function answer(status: number, content: string, fields: Readonly<Record<string, string>> = {}): FetchResponse {
  return {
    status,
    content: octetsFromText(content),
    fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
  };
}

function read(response: FetchResponse, { recipients = [c], realTime = false } = {}): readonly Verdict[] {
  const asked = { status: 'answered', response, attempts: [] } as const;
  return readVerdicts(asked, { recipients, mediaType: 'text/calendar', realTime, now });
}

const wrap = (...responses: readonly string[]): string =>
  `<schedule-response xmlns="urn:ietf:params:xml:ns:ischedule">${responses.map((one) => `<response>${one}</response>`).join('')}</schedule-response>`;
const status = (recipient: string, code: string, rest = ''): string =>
  `<recipient>${recipient}</recipient><request-status>${code}</request-status>${rest}`;
const meaning = (response: FetchResponse): string | undefined => read(response).map(meaningOf)[0];

describe('request-status', () => {
  // The table of the digest, §5.
  it.each([
    ['IS-5.16', '2.0', 'done'],
    ['IS-5.17', '1.2', 'done'],
    ['IS-5.18', '1.1', 'done-unknown'],
    ['Q54', '2.7', 'done-unknown'],
    ['IS-5.19', '1.0', 'pending'],
    ['IS-5.20', '2.1', 'done-with-remark'],
    ['IS-5.20', '2.11', 'done-with-remark'],
    ['IS-5.21', '3.0', 'final'],
    ['IS-5.21', '3.1', 'final'],
    ['IS-5.21', '3.2', 'final'],
    ['IS-5.21', '3.3', 'final'],
    ['IS-5.21', '3.4', 'final'],
    ['IS-5.21', '3.5', 'final'],
    ['IS-5.21', '3.6', 'final'],
    ['IS-5.21', '3.9', 'final'],
    ['IS-5.21', '3.10', 'final'],
    ['IS-5.21', '3.11', 'final'],
    ['IS-5.21', '3.12', 'final'],
    ['IS-5.21', '3.13', 'final'],
    ['IS-5.21', '3.14', 'final'],
    ['IS-5.23', '3.7', 'final'],
    ['IS-5.24', '3.8', 'final'],
    ['IS-5.25', '4.0', 'final'],
    ['IS-5.26', '5.1', 'retry'],
    ['IS-5.27', '5.0', 'final'],
    ['IS-5.27', '5.2', 'final'],
    ['IS-5.27', '5.3', 'final'],
    ['IS-5.15', '1.9', 'pending'],
    ['IS-5.15', '2.8.1', 'done-with-remark'],
    ['IS-5.15', '3.99', 'final'],
    ['IS-5.15', '4.7', 'final'],
    ['IS-5.15', '5.9', 'final'],
    ['IS-5.15', '9.9', 'final'],
  ])('[%s] %s means %s', (_id, code, expected) => {
    expect(meaningOfStatus({ code, text: '' })).toBe(expected);
    expect(meaning(answer(200, wrap(status('mailto:cyrus@example.org', `${code};Text`))))).toBe(expected);
  });

  it.each(['3.7', '3.7;Invalid calendar user', '3.7; Invalid calendar user', ' 3.7 ', '3.7.1;x;data'])(
    '[IS-5.14, Q54] %j is read',
    (text) => {
      expect(read(answer(200, wrap(status('mailto:cyrus@example.org', text))))).toMatchObject([
        { status: 'answered', requestStatus: { code: expect.stringMatching(/^3\.7/) } },
      ]);
    },
  );

  it('[IS-5.26] 5.1 is final for free-busy: a person waits', () => {
    const response = answer(200, wrap(status('mailto:cyrus@example.org', '5.1;Service unavailable')));
    expect(read(response)).toMatchObject([{ status: 'retry', tries: 'usual', requestStatus: { code: '5.1' } }]);
    expect(read(response, { realTime: true })).toMatchObject([{ status: 'answered', requestStatus: { code: '5.1' } }]);
  });

  it.each([
    '<recipient>mailto:cyrus@example.org</recipient>',
    status('mailto:cyrus@example.org', ''),
    status('mailto:cyrus@example.org', 'fine'),
  ])('[Q53] none in %s counts as 5.1', (inner) => {
    expect(read(answer(200, wrap(inner)))).toMatchObject([{ status: 'retry', requestStatus: { code: '5.1' } }]);
  });

  it('[Q53] none but an error is a refusal', () => {
    expect(
      read(answer(200, wrap('<recipient>mailto:cyrus@example.org</recipient><error><originator-denied/></error>'))),
    ).toMatchObject([{ status: 'failed', by: 'peer', fault: 'originator-denied' }]);
  });

  it('[Q53] a description of a success is kept', () => {
    expect(
      read(
        answer(
          200,
          wrap(status('mailto:cyrus@example.org', '2.0;Success', '<response-description>OK</response-description>')),
        ),
      ),
    ).toMatchObject([{ status: 'answered', description: 'OK' }]);
  });
});

describe('recipients', () => {
  it('[IS-5.9, IS-5.10, Q43, Q53] strangers are ignored, and who is missing has failed', () => {
    const response = answer(
      200,
      wrap(status('mailto:stranger@example.org', '2.0'), status('mailto:mike@example.org', '2.0')),
    );
    expect(read(response, { recipients: [c, m] })).toMatchObject([
      { status: 'retry', tries: 'few' },
      { status: 'answered' },
    ]);
  });

  it('are known however the peer writes them', () => {
    expect(meaning(answer(200, wrap(status(' MAILTO:Cyrus@Example.ORG ', '2.0'))))).toBe('done');
    expect(meaning(answer(200, wrap(status('cyrus@example.org', '2.0'))))).toBe('done');
    expect(meaning(answer(200, wrap(status('<href xmlns="DAV:">mailto:cyrus@example.org</href>', '2.0'))))).toBe(
      'done',
    );
  });

  it.each([
    [['2.0', '3.7'], 'final'],
    [['5.1', '2.0'], 'retry'],
    [['3.8', '5.1'], 'final'],
    [['1.0', '2.0'], 'pending'],
  ])('[IS-5.8] of several answers %j the worst counts: %s', (codes, expected) => {
    expect(meaning(answer(200, wrap(...codes.map((code) => status('mailto:cyrus@example.org', code)))))).toBe(expected);
  });
});

describe('calendar-data', () => {
  const data = (inner: string): Verdict | undefined =>
    read(answer(200, wrap(status('mailto:cyrus@example.org', '2.0', inner))), { realTime: true })[0];

  it.each([
    ['<calendar-data>BEGIN:VCALENDAR\nEND:VCALENDAR\n    </calendar-data>'],
    [
      '<calendar-data content-type="text/calendar" version="2.0"><![CDATA[BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n]]></calendar-data>',
    ],
    [
      '<calendar-data content-type="text/calendar; component=VFREEBUSY; method=REPLY">BEGIN:VCALENDAR&#13;\nEND:VCALENDAR</calendar-data>',
    ],
    ['<calendar-data content-type="application/octet-stream">\n BEGIN:VCALENDAR\nEND:VCALENDAR</calendar-data>'],
  ])('[Q58, IS-5.5] line ends are restored: %s', (inner) => {
    expect(data(inner)).toMatchObject({
      calendarDataType: 'text/calendar',
      calendarData: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n',
    });
  });

  it('[Q58] jCal is known by its type, or by its first character', () => {
    expect(
      data('<calendar-data content-type="application/calendar+json">["vcalendar",[],[]]</calendar-data>'),
    ).toMatchObject({ calendarDataType: 'application/calendar+json', calendarData: '["vcalendar",[],[]]' });
    expect(data('<calendar-data> ["vcalendar",[],[]] </calendar-data>')).toMatchObject({
      calendarDataType: 'application/calendar+json',
    });
  });

  it('may be empty, which is none', () => {
    expect(data('<calendar-data/>')).toMatchObject({ status: 'answered', calendarData: undefined });
  });
});

describe('HTTP statuses', () => {
  it.each([408, 425, 429])('[IS-5.30] %i is transient, and Retry-After heeded', (code) => {
    expect(read(answer(code, 'busy', { 'Retry-After': '90' }))).toMatchObject([
      { status: 'retry', tries: 'usual', afterMs: 90_000, httpStatus: code },
    ]);
  });

  it.each([500, 502, 503, 504, 507, 599])('[IS-5.31, Q55] %i is transient', (code) => {
    expect(meaning(answer(code, '<html>'))).toBe('retry');
  });

  it.each([501, 505, 511])('[IS-5.31] %i is final', (code) => {
    expect(meaning(answer(code, ''))).toBe('final');
  });

  it.each([401, 407])('[IS-5.33] %i is a fault of configuration', (code) => {
    expect(read(answer(code, ''))).toMatchObject([{ status: 'failed', by: 'configuration', httpStatus: code }]);
  });

  it.each([400, 403, 404, 405, 406, 410, 412, 413, 415, 422, 451])('[IS-5.34, Q55] %i is final', (code) => {
    expect(read(answer(code, ''))).toMatchObject([{ status: 'failed', by: 'peer', httpStatus: code }]);
  });

  it.each([
    '',
    'OK',
    '<html><body>Welcome</body></html>',
    '<schedule-response xmlns="urn:ietf:params:xml:ns:ischedule">',
    '<?xml version="1.0"?>',
    '\u0000',
    '<!DOCTYPE html><html/>',
  ])('[IS-5.32, Q56] 200 with %j gets few tries', (content) => {
    expect(read(answer(200, content))).toMatchObject([{ status: 'retry', tries: 'few' }]);
  });

  it('[IS-5.32] 200 without our recipient gets few tries', () => {
    expect(meaning(answer(200, wrap()))).toBe('few-tries');
  });

  it.each([201, 202, 204, 207])('[Q61, IS-5.34] %i is no success', (code) => {
    expect(meaning(answer(code, ''))).toBe('final');
    expect(meaning(answer(code, wrap(status('mailto:cyrus@example.org', '2.0'))))).toBe('done');
  });

  it('[Q55, Q57] a refusal is read from any document', () => {
    expect(
      read(
        answer(
          403,
          '<error xmlns="urn:ietf:params:xml:ns:ischedule"><verification-failed/><response-description>No key</response-description></error>',
        ),
      ),
    ).toMatchObject([{ fault: 'verification-failed', description: 'No key' }]);
    expect(read(answer(403, '<D:error xmlns:D="DAV:"><D:recipient-failed/></D:error>'))).toEqual([
      { status: 'failed', by: 'peer', httpStatus: 403, fault: undefined, description: 'recipient-failed' },
    ]);
    expect(
      read(answer(412, 'sender must be\r\norganizer', { 'Content-Type': 'text/plain; charset="utf-8"' })),
    ).toMatchObject([{ description: 'sender must be organizer' }]);
    expect(
      read(answer(200, '<error xmlns="urn:ietf:params:xml:ns:ischedule"><max-recipients/></error>')),
    ).toMatchObject([{ status: 'failed', fault: 'max-recipients' }]);
  });

  it('[Q11] counts whatever had been advertised', () => {
    expect(meaning(answer(200, ''))).toBe('few-tries');
  });

  it.each([
    ['connect-failed', 'retry'],
    ['certificate-invalid', 'retry'],
    ['dns-unavailable', 'retry'],
    ['no-address', 'retry'],
    ['timeout', 'retry'],
    ['certificate-name-mismatch', 'few-tries'],
    ['response-malformed', 'few-tries'],
    ['response-too-long', 'few-tries'],
    ['address-forbidden', 'final'],
    ['url-forbidden', 'final'],
  ] as const)('[IS-5.28, IS-5.29] %s means %s', (code, expected) => {
    expect(meaningOf(verdictOfFailures([new FetchError(code, 'x')]))).toBe(expected);
  });

  it('[IS-5.28] of several candidates the most hopeful counts', () => {
    const failures = (
      ['certificate-name-mismatch', 'connect-failed', 'address-forbidden'] as readonly FetchFailure[]
    ).map((code) => new FetchError(code, 'x'));
    expect(verdictOfFailures(failures)).toMatchObject({
      status: 'retry',
      tries: 'usual',
      cause: { code: 'connect-failed' },
    });
  });
});
