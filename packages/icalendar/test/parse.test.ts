import { describe, expect, it } from 'vitest';
import { parameter, properties, property, propertyValue, subcomponents } from '../src/component.ts';
import type { ICalendarError } from '../src/errors.ts';
import { formatCalendar, formatComponents } from '../src/format.ts';
import { decodeCalendar, parseCalendar, parseComponents } from '../src/parse.ts';
import { calendarOf, codeOf, eventCalendar, lines } from './support/calendars.ts';

describe('parseCalendar', () => {
  it('reads components, properties and parameters in their order', () => {
    const calendar = parseCalendar(
      eventCalendar(
        'ATTENDEE;ROLE=CHAIR;CN="Doe, Jane";DELEGATED-TO="mailto:a@example.com","mailto:b@example.com":mailto:j@example.com',
      ),
    );
    const [event] = subcomponents(calendar, 'VEVENT');
    expect(calendar.name).toBe('VCALENDAR');
    expect(propertyValue(calendar, 'VERSION')).toBe('2.0');
    expect(event && property(event, 'ATTENDEE')).toMatchObject({
      value: 'mailto:j@example.com',
      parameters: [
        { name: 'ROLE', values: ['CHAIR'] },
        { name: 'CN', values: ['Doe, Jane'] },
        { name: 'DELEGATED-TO', values: ['mailto:a@example.com', 'mailto:b@example.com'] },
      ],
    });
  });

  it('keeps parameters that stand twice', () => {
    const [line] = properties(parseCalendar(calendarOf('X-A;P=1;P=2:v')), 'X-A');
    expect(line?.parameters).toEqual([
      { name: 'P', values: ['1'] },
      { name: 'P', values: ['2'] },
    ]);
  });

  it('undoes the escapes of RFC 6868 in parameters', () => {
    const [line] = properties(parseCalendar(calendarOf("X-A;P=a^nb^^c^'d^e:v")), 'X-A');
    expect(line && parameter(line, 'P')).toBe('a\nb^c"d^e');
  });

  it('writes names in upper case and unfolds, also inside names and at tabs', () => {
    const calendar = parseCalendar('begin:vcalendar\r\nSUM\r\n MARY:a\r\n\tb\r\n  c\r\nend:vcalendar\r\n');
    expect(propertyValue(calendar, 'SUMMARY')).toBe('ab c');
  });

  it('reads a semicolon that a phone escapes in an unquoted parameter', () => {
    const [line] = properties(parseCalendar(calendarOf('X-L;X-TITLE=High Street 1\\; Town;X-R=70:geo:1,2')), 'X-L');
    expect(line).toMatchObject({
      value: 'geo:1,2',
      parameters: [
        { name: 'X-TITLE', values: ['High Street 1; Town'] },
        { name: 'X-R', values: ['70'] },
      ],
    });
  });

  it.each([
    ['CRLF', '\r\n'],
    ['LF', '\n'],
    ['CR', '\r'],
    ['CR CR LF', '\r\r\n'],
  ])('reads and keeps line ends: %s', (_, end) => {
    const text = ['BEGIN:VCALENDAR', 'X-A:1', ' 2', '', 'X-B:3', 'END:VCALENDAR', ''].join(end);
    const calendar = parseCalendar(text);
    expect(properties(calendar).map(({ name, value }) => `${name}=${value}`)).toEqual(['X-A=12', 'X-B=3']);
    expect(formatCalendar(calendar)).toBe(text);
  });

  it.each([
    ['a byte order mark', '\ufeffBEGIN:VCALENDAR\r\nX-A:1\r\nEND:VCALENDAR\r\n'],
    ['no final line end', 'BEGIN:VCALENDAR\r\nX-A:1\r\nEND:VCALENDAR'],
    ['blank lines before, between and after', '\r\n\nBEGIN:VCALENDAR\r\n\r\n  \nX-A:1\r\nEND:VCALENDAR\r\n \r\n\r\n'],
    ['blanks after names', 'BEGIN:VCALENDAR \r\nX-A:1\r\nEND:VCALENDAR\t\r\n'],
  ])('keeps %s', (_, text) => {
    expect(formatCalendar(parseCalendar(text))).toBe(text);
  });

  it.each([
    ['nothing', '', 'not-a-calendar'],
    ['another component', lines('BEGIN:VEVENT', 'END:VEVENT'), 'not-a-calendar'],
    ['two calendars', calendarOf() + calendarOf(), 'several-calendars'],
    ['no END', lines('BEGIN:VCALENDAR', 'X-A:1'), 'unbalanced'],
    ['an END too many', calendarOf() + lines('END:VCALENDAR'), 'unbalanced'],
    ['a VEVENT closed by END:VTODO', calendarOf('BEGIN:VEVENT', 'END:VTODO'), 'unbalanced'],
    ['a property in no component', lines('X-A:1') + calendarOf(), 'outside-component'],
    ['a line without colon', calendarOf('SUMMARY'), 'invalid-line'],
    ['a parameter without value', calendarOf('X-A;B:1'), 'invalid-line'],
    ['an empty parameter', calendarOf('X-A;;B=1:1'), 'invalid-line'],
    ['an unclosed quote', calendarOf('X-A;B="1:1'), 'invalid-line'],
    ['text after a quoted value', calendarOf('X-A;B="1"2:1'), 'invalid-line'],
    ['a quote inside a value', calendarOf('X-A;B=1"2":1'), 'invalid-line'],
    ['BEGIN with parameters', 'BEGIN;X=1:VCALENDAR\r\nEND:VCALENDAR\r\n', 'invalid-line'],
    ['NUL', calendarOf('X-A:1\u0000'), 'forbidden-character'],
    ['BEL', calendarOf('X-A:1\u0007'), 'forbidden-character'],
  ])('refuses %s', (_, text, code) => {
    expect(codeOf(() => parseCalendar(text))).toBe(code);
  });

  it('says in which line', () => {
    const text = lines('BEGIN:VCALENDAR', 'X-A:1', ' 2', 'nonsense', 'END:VCALENDAR');
    expect(() => parseCalendar(text)).toThrow(expect.objectContaining({ line: 4 }) as ICalendarError);
  });

  it.each([
    ['octets', { maxOctets: 50 }, calendarOf(), 'too-large'],
    ['octets of characters', { maxOctets: 120 }, calendarOf(`X-A:${'ü'.repeat(30)}`), 'too-large'],
    ['a line', { maxLineOctets: 30 }, calendarOf(`X-A:${'a\r\n '.repeat(30)}`), 'line-too-long'],
    ['components', { maxComponents: 2 }, calendarOf('BEGIN:A', 'END:A', 'BEGIN:B', 'END:B'), 'too-many-components'],
    ['properties', { maxProperties: 3 }, calendarOf('A:1', 'B:2'), 'too-many-properties'],
    ['levels', { maxDepth: 2 }, calendarOf('BEGIN:A', 'BEGIN:B', 'END:B', 'END:A'), 'too-deep'],
    ['parameters', { maxParameters: 2 }, calendarOf('X-A;B=1;C=2,3:v'), 'too-many-parameters'],
  ])('holds its limit on %s', (_, limits, text, code) => {
    expect(codeOf(() => parseCalendar(text, limits))).toBe(code);
  });

  it('takes exactly as many as the limit says', () => {
    const text = calendarOf('X-A;B=1;C=2:v', 'BEGIN:A', 'END:A');
    const limits = {
      maxOctets: Buffer.byteLength(text),
      maxComponents: 2,
      maxProperties: 3,
      maxDepth: 2,
      maxParameters: 2,
    };
    expect(formatCalendar(parseCalendar(text, limits))).toBe(text);
  });

  it('keeps odd lines with the next one, where they are allowed', () => {
    const text = lines('BEGIN:VCALENDAR', 'A:1', '# a remark', 'B:2', 'END:VCALENDAR');
    const calendar = parseCalendar(text, { maxOddLines: 1 });
    expect(properties(calendar).map(({ name }) => name)).toEqual(['A', 'B']);
    expect(formatCalendar(calendar)).toBe(text);
  });
});

describe('parseComponents', () => {
  it('reads streams and fragments and writes them back', () => {
    const text = `${lines('BEGIN:VEVENT', 'UID:1', 'END:VEVENT')}\r\n${lines('BEGIN:VTODO', 'UID:2', 'END:VTODO')}\r\n`;
    const components = parseComponents(text);
    expect(components.map(({ name }) => name)).toEqual(['VEVENT', 'VTODO']);
    expect(formatComponents(components)).toBe(text);
  });
});

describe('decodeCalendar', () => {
  it('keeps the byte order mark', () => {
    expect(decodeCalendar(Buffer.from('\ufeffä'))).toBe('\ufeffä');
  });

  it.each([
    ['Latin-1', Buffer.from('SUMMARY:\xfc', 'latin1')],
    ['a fold inside a character', Buffer.concat([Buffer.from([0xc3]), Buffer.from('\r\n '), Buffer.from([0xbc])])],
    ['an encoded surrogate', Buffer.from([0xed, 0xa0, 0x80])],
    ['an overlong form', Buffer.from([0xc0, 0x80])],
  ])('refuses %s', (_, octets) => {
    expect(codeOf(() => decodeCalendar(octets))).toBe('not-utf8');
  });
});

describe('hostile text', () => {
  // Each would take minutes or overflow the stack in a reader that is quadratic or recursive.
  it.each([
    ['20,000 nested components', 'BEGIN:A\n'.repeat(20_000), 'too-deep'],
    ['a line of 200,000 parameters', `BEGIN:A\nX${';A=B'.repeat(200_000)}:1`, 'line-too-long'],
    ['a line of 1 MB', `BEGIN:A\nX:${'a'.repeat(1_000_000)}`, 'line-too-long'],
    ['a line of 300,000 folds', `BEGIN:A\nX:${'\n a'.repeat(300_000)}`, 'line-too-long'],
    ['a megabyte of CR', '\r'.repeat(1_000_000), 'not-a-calendar'],
    ['a megabyte of CR with a LF', `${'\r'.repeat(1_000_000)}\n`, 'not-a-calendar'],
    ['a megabyte of blank lines', '\n'.repeat(1_000_000), 'not-a-calendar'],
  ])('refuses %s', (_, text, code) => {
    expect(codeOf(() => parseComponents(text))).toBe(code);
  });

  it('goes once through lines with unclosed quotes', () => {
    const text = `BEGIN:A\n${'X;A="b\n'.repeat(100_000)}`;
    expect(codeOf(() => parseComponents(text, { maxOddLines: 1_000_000 }))).toBe('unbalanced');
  });
});
