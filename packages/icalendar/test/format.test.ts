import { describe, expect, it } from 'vitest';
import {
  makeComponent,
  makeProperty,
  property,
  withAddedProperties,
  withChildren,
  withoutProperties,
  withParameter,
  withProperty,
  withValue,
} from '../src/component.ts';
import { foldLine } from '../src/fold.ts';
import { formatCalendar, formatProperty } from '../src/format.ts';
import { parseCalendar } from '../src/parse.ts';
import { textProperty } from '../src/text.ts';
import { calendarOf, codeOf, lines } from './support/calendars.ts';

describe('formatCalendar', () => {
  const text = lines('BEGIN:VCALENDAR', 'X-A;p="1":long ', '  fold', 'x-b:2', 'END:VCALENDAR');
  const calendar = parseCalendar(text);

  it('writes only the changed line anew', () => {
    const changed = withProperty(calendar, makeProperty('X-B', '3'));
    expect(formatCalendar(changed)).toBe(
      lines('BEGIN:VCALENDAR', 'X-A;p="1":long ', '  fold', 'X-B:3', 'END:VCALENDAR'),
    );
  });

  it('keeps the source of a line that a change leaves as it is', () => {
    const line = property(calendar, 'X-A');
    expect(line && withParameter(withValue(line, line.value), 'P', '1')).toBe(line);
  });

  it('writes what was made without source', () => {
    const made = makeComponent('vevent', [makeProperty('uid', '1'), makeComponent('VALARM', [])]);
    expect(formatCalendar(made)).toBe(lines('BEGIN:VEVENT', 'UID:1', 'BEGIN:VALARM', 'END:VALARM', 'END:VEVENT'));
  });

  it('never lets a line run into one that came without line end', () => {
    const inner = parseCalendar('BEGIN:VCALENDAR\r\nEND:VCALENDAR');
    const outer = withChildren(makeComponent('X-OUTER', []), [inner, makeProperty('X-A', '1')]);
    expect(formatCalendar(outer)).toBe(
      lines('BEGIN:X-OUTER', 'BEGIN:VCALENDAR', 'END:VCALENDAR', 'X-A:1', 'END:X-OUTER'),
    );
  });

  it('adds properties before sub-components and takes them away by name', () => {
    const event = makeComponent('VEVENT', [makeProperty('UID', '1'), makeComponent('VALARM', [])]);
    const added = withAddedProperties(event, [makeProperty('X-A', '1')]);
    expect(formatCalendar(withoutProperties(added, 'UID'))).toBe(
      lines('BEGIN:VEVENT', 'X-A:1', 'BEGIN:VALARM', 'END:VALARM', 'END:VEVENT'),
    );
  });
});

describe('a changed line', () => {
  it.each([
    ['a colon', 'a:b', '"a:b"'],
    ['a semicolon', 'a;b', '"a;b"'],
    ['a comma', 'a,b', '"a,b"'],
    ['a quote', 'a"b', "a^'b"],
    ['a caret', 'a^b', 'a^^b'],
    ['line ends', 'a\r\nb\nc', 'a^nb^nc'],
  ])('quotes or encodes %s in a parameter', (_, value, written) => {
    expect(formatProperty(makeProperty('X-A', '1', { P: value }))).toBe(`X-A;P=${written}:1\r\n`);
  });

  it('writes several values and repeated parameters', () => {
    const parameters = [
      { name: 'MEMBER', values: ['mailto:a@example.com', 'mailto:b@example.com'] },
      { name: 'X', values: ['1'] },
      { name: 'X', values: ['2'] },
    ];
    expect(formatProperty({ kind: 'property', name: 'A', parameters, value: 'v' })).toBe(
      'A;MEMBER="mailto:a@example.com","mailto:b@example.com";X=1;X=2:v\r\n',
    );
  });

  it.each([
    ['a line end in the value', makeProperty('SUMMARY', 'a\r\nATTENDEE:mailto:x@example.com')],
    ['a bare CR in the value', makeProperty('SUMMARY', 'a\rb')],
    ['NUL in the value', makeProperty('SUMMARY', 'a\u0000')],
    ['a colon in the name', makeProperty('A:B', '1')],
    ['a line end in the name', makeProperty('A\nB', '1')],
    ['no name', makeProperty('', '1')],
    ['a delimiter in a parameter name', makeProperty('A', '1', { 'P=1;Q': '2' })],
    ['a control character in a parameter', makeProperty('A', '1', { P: '\u0007' })],
    ['a property called END', makeProperty('end', 'VEVENT')],
  ])('is refused with %s', (_, line) => {
    expect(codeOf(() => formatCalendar(makeComponent('VEVENT', [line])))).toBe('unwritable');
  });

  it('is refused in a component whose name is none', () => {
    expect(codeOf(() => formatCalendar(makeComponent('A\r\nB', [])))).toBe('unwritable');
  });

  it('can hold any text for people', () => {
    const line = textProperty('SUMMARY', 'a\r\nb,c;d\\e\u0007\u0000', { LANGUAGE: 'en' });
    expect(formatProperty(line)).toBe('SUMMARY;LANGUAGE=en:a\\nb\\,c\\;d\\\\e\r\n');
  });
});

describe('foldLine', () => {
  it('leaves 75 octets in one line and folds 76', () => {
    expect(foldLine('a'.repeat(75))).toBe(`${'a'.repeat(75)}\r\n`);
    expect(foldLine('a'.repeat(76))).toBe(`${'a'.repeat(75)}\r\n a\r\n`);
  });

  it.each([
    ['two octets', 'é'],
    ['three octets', '漢'],
    ['four octets', '😀'],
  ])('never splits a character of %s', (_, character) => {
    const line = `a${character.repeat(60)}`;
    const folded = foldLine(line);
    for (const part of folded.slice(0, -2).split('\r\n')) {
      expect(Buffer.byteLength(part)).toBeLessThanOrEqual(75);
      expect(part).not.toMatch(/[\ud800-\udbff]$|^ ?[\udc00-\udfff]/);
    }
    expect(folded.replaceAll('\r\n ', '').trimEnd()).toBe(line);
  });

  it('is undone by reading', () => {
    const value = 'ö and 😀 '.repeat(50).trimEnd();
    const calendar = parseCalendar(calendarOf());
    const again = parseCalendar(formatCalendar(withAddedProperties(calendar, [makeProperty('X-A', value)])));
    expect(property(again, 'X-A')?.value).toBe(value);
  });
});
