import { octetsFromText } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { formatErrorDocument, readError } from '../../src/wire/error-document.ts';
import { formatScheduleResponse, readScheduleAnswer } from '../../src/wire/schedule-response.ts';
import { parseXml, XmlError } from '../../src/wire/xml.ts';

function read(text: string): ReturnType<typeof readScheduleAnswer> {
  return readScheduleAnswer(octetsFromText(text));
}

function readOne(inner: string) {
  const answer = read(
    `<S:schedule-response xmlns:S="urn:ietf:params:xml:ns:ischedule" xmlns:D="DAV:"><S:response>${inner}</S:response></S:schedule-response>`,
  );
  if (answer.kind !== 'responses') throw new Error('no responses');
  return answer.responses[0];
}

describe('what we write', () => {
  it('[IS-5.1, IS-5.2, IS-5.7, Q52] has children in the order of the draft, the one that matters third', () => {
    const text = Buffer.from(
      formatScheduleResponse([
        {
          recipient: 'mailto:a@example.org',
          requestStatus: '2.0;Success',
          calendarData: { contentType: 'text/calendar', version: '2.0', text: 'BEGIN:VCALENDAR\r\nX:<&>\r\n' },
          description: 'Fine',
        },
        {
          recipient: 'b@example.org',
          requestStatus: '3.8;No authority',
          error: 'originator-denied',
          description: 'No',
        },
        { recipient: 'mailto:c@example.org', requestStatus: '5.1;Service unavailable', description: 'Later' },
      ]),
    ).toString('utf8');
    expect(text).toBe(
      '<?xml version="1.0" encoding="utf-8"?>\n' +
        '<schedule-response xmlns="urn:ietf:params:xml:ns:ischedule">\n' +
        '<response><recipient>mailto:a@example.org</recipient><request-status>2.0;Success</request-status>' +
        '<calendar-data content-type="text/calendar" version="2.0">BEGIN:VCALENDAR\r\nX:&lt;&amp;&gt;\r\n</calendar-data>' +
        '<response-description>Fine</response-description></response>\n' +
        '<response><recipient>b@example.org</recipient><request-status>3.8;No authority</request-status>' +
        '<error><originator-denied/></error><response-description>No</response-description></response>\n' +
        '<response><recipient>mailto:c@example.org</recipient><request-status>5.1;Service unavailable</request-status>' +
        '<response-description>Later</response-description></response>\n' +
        '</schedule-response>\n',
    );
  });

  it('[IS-4.2, Q52] has an error whose first node is the code', () => {
    expect(Buffer.from(formatErrorDocument('max-recipients', 'More than <250>')).toString('utf8')).toBe(
      '<?xml version="1.0" encoding="utf-8"?>\n' +
        '<error xmlns="urn:ietf:params:xml:ns:ischedule"><max-recipients/><response-description>More than &lt;250&gt;</response-description></error>\n',
    );
    expect(Buffer.from(formatErrorDocument(undefined, 'Later')).toString('utf8')).toContain(
      '"><response-description>Later<',
    );
  });
});

describe('what peers write', () => {
  it('[IS-5.13, Q51] has any prefix', () => {
    expect(
      readOne('<S:recipient>mailto:a@example.org</S:recipient><S:request-status>2.0;Success</S:request-status>'),
    ).toMatchObject({
      recipient: 'mailto:a@example.org',
      requestStatus: '2.0;Success',
    });
  });

  it('[IS-5.12, Q53] may wrap the recipient in a DAV:href', () => {
    expect(readOne('<S:recipient> <D:href>mailto:a@example.org</D:href> </S:recipient>')?.recipient).toBe(
      'mailto:a@example.org',
    );
  });

  it('[IS-5.11, Q53] may put a DAV:error before the status', () => {
    expect(
      readOne(
        '<D:error><S:originator-denied/></D:error><S:recipient>x</S:recipient><S:request-status>3.8</S:request-status>',
      ),
    ).toMatchObject({
      requestStatus: '3.8',
      error: { fault: 'originator-denied', element: 'originator-denied' },
    });
  });

  it('may be as long as they like, and are kept as far as anybody reads them', () => {
    const long = 'x'.repeat(100_000);
    const response = readOne(
      `<S:recipient>a</S:recipient><S:request-status>2.0;${long}</S:request-status>` +
        `<S:error><S:${long}/></S:error><S:response-description>${long}</S:response-description>`,
    );
    expect(response?.requestStatus).toMatch(/^2\.0;x{996}…$/);
    expect(response?.description).toMatch(/^x{1000}…$/);
    expect(response?.error?.element).toMatch(/^x{1000}…$/);
  });

  it('[Q53] may describe under other names, and leave statuses empty', () => {
    expect(
      readOne(
        '<S:recipient>x</S:recipient><S:request-status> </S:request-status><S:responsedescription>Why</S:responsedescription>',
      ),
    ).toMatchObject({
      requestStatus: undefined,
      description: 'Why',
    });
  });

  it('[Q58] may have calendar-data as text or CDATA, with or without a type', () => {
    expect(
      readOne('<S:calendar-data content-type="text/calendar"><![CDATA[BEGIN:VCALENDAR\r\n]]></S:calendar-data>')
        ?.calendarData,
    ).toEqual({
      contentType: 'text/calendar',
      version: undefined,
      text: 'BEGIN:VCALENDAR\n',
    });
    expect(readOne('<S:calendar-data>["vcalendar"]</S:calendar-data>')?.calendarData?.contentType).toBeUndefined();
  });

  it.each([
    '',
    'OK',
    '<html><body>Error</body></html>',
    '<schedule-response',
    '<a xmlns="urn:ietf:params:xml:ns:ischedule"/>',
  ])('[Q56] %j is no answer', (text) => {
    expect(() => read(text)).toThrow(XmlError);
  });

  it.each([
    ['<error xmlns="urn:ietf:params:xml:ns:ischedule"><max-recipients/></error>', 'max-recipients', 'max-recipients'],
    [
      '<D:error xmlns:D="DAV:"><max-recipients xmlns="urn:ietf:params:xml:ns:ischedule"/></D:error>',
      'max-recipients',
      'max-recipients',
    ],
    ['<error><originator-specified/></error>', 'originator-missing', 'originator-specified'],
    ['<error><recipient-specified/></error>', 'recipient-missing', 'recipient-specified'],
    ['<error><supported-calendar-data/></error>', 'invalid-calendar-data-type', 'supported-calendar-data'],
    ['<error><valid-calendar-data/></error>', 'invalid-calendar-data', 'valid-calendar-data'],
    ['<error><valid-scheduling-message/></error>', 'invalid-scheduling-message', 'valid-scheduling-message'],
    ['<error><organizer-denied/></error>', 'originator-denied', 'organizer-denied'],
    ['<error><attendee-denied/></error>', undefined, 'attendee-denied'],
    ['<error><recipient-permissions/></error>', undefined, 'recipient-permissions'],
    [
      '<error><no-access-restrictions xmlns="http://calendarserver.org/ns/"/></error>',
      undefined,
      'no-access-restrictions',
    ],
    ['<error/>', undefined, undefined],
    ['<error><toString/></error>', undefined, 'toString'],
  ])('[Q55, Q57, IS-5.11] %s', (text, fault, element) => {
    expect(readError(parseXml(text))).toMatchObject({ fault, element });
  });

  it('[Q53] describes an error under any name', () => {
    expect(readError(parseXml('<error><response-description>Why</response-description><x/></error>'))).toEqual({
      element: 'x',
      fault: undefined,
      description: 'Why',
    });
    expect(readError(parseXml('<error><x>Because</x></error>')).description).toBe('Because');
  });
});
