import { ICalendarError, parseCalendar } from '@isched/icalendar';
import { describe, expect, it } from 'vitest';
import { checkCases } from '../../../../conformance/support/corpus-cases.ts';
import { checkMessage, readItipMessage } from '../../src/index.ts';
import { corpusFiles, corpusNote, corpusText, corpusThere } from '../support/corpus.ts';

/** What RFC 5546's own examples break, as printed; all others break nothing. */
const printedDefects: Readonly<Record<string, readonly string[]>> = {
  '4.1.4-1': ['property-unknown SCALE'],
  '4.3.1-1': ['property-missing UID'],
  '4.3.2-1': ['utc-needed DTEND'],
  '4.4.8-4': ['property-missing ORGANIZER'],
  '4.4.10-1': ['property-unknown FOO'], // the point of the example
  '4.5.7.2-1': ['property-missing ORGANIZER'],
  '4.7.1-1': ['property-repeated ATTENDEE'], // four attendees where §3.2.6 has one: the requester
};
/** Lines that are no content lines: a semicolon for a colon, a parameter without a value. */
const unreadable = ['4.2.9-1', '4.4.5-1'];

describe.skipIf(!corpusThere)(`RFC 5546 §3 over the examples of §4${corpusNote}`, () => {
  const files = corpusFiles('itip/rfc5546', '.ics');
  it('has all 52', () => expect(files.length).toBe(52));

  it.each(files)('%s', (file) => {
    const id = file.replace(/-(publish|request|reply|add|cancel|refresh|counter|declinecounter)-.*$/, '');
    const text = corpusText(`itip/rfc5546/${file}`);
    if (unreadable.includes(id)) {
      expect(() => parseCalendar(text)).toThrow(ICalendarError);
      return;
    }
    const findings = checkMessage(readItipMessage(parseCalendar(text)));
    expect(findings.map(({ code, property }) => `${code} ${property}`)).toEqual(printedDefects[id] ?? []);
  });

  checkCases(
    'itip/rfc5546, as printed',
    files.map((file) => [file, file] as const),
    (file) => {
      expect(checkMessage(readItipMessage(parseCalendar(corpusText(`itip/rfc5546/${file}`))))).toEqual([]);
    },
  );
});
