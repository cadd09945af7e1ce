import { describe, expect, it } from 'vitest';
import { mediaTypeParameters, parseMediaType } from '../../src/wire/media-type.ts';

describe('Content-Type', () => {
  // As peers write it: peers-on-the-wire Q18.
  it.each([
    ['text/calendar', [], []],
    ['text/calendar; component=VEVENT; method=REQUEST', ['VEVENT'], ['REQUEST']],
    ['text/calendar;charset=utf-8;component=VEVENT;method=REQUEST', ['VEVENT'], ['REQUEST']],
    ['text/calendar; charset=utf-8; method=REQUEST; component=VEVENT', ['VEVENT'], ['REQUEST']],
    ['Text/Calendar; Component="VEVENT"; METHOD="REQUEST";', ['VEVENT'], ['REQUEST']],
    ['text/calendar ; component = VEVENT ;; component=VTIMEZONE', ['VEVENT', 'VTIMEZONE'], []],
  ])('[Q18, IS-3.17] %s', (value, components, methods) => {
    const type = parseMediaType(value);
    expect(type?.type).toBe('text/calendar');
    expect(type && mediaTypeParameters(type, 'component')).toEqual(components);
    expect(type && mediaTypeParameters(type, 'method')).toEqual(methods);
  });

  it('is none where it is made to keep us busy', () => {
    expect(parseMediaType(`text/calendar; a=${' '.repeat(1_900)}"`)).toBeUndefined();
    expect(parseMediaType(`text/calendar; a=${' '.repeat(500_000)}"`)).toBeUndefined();
    expect(parseMediaType(`text/calendar;${' '.repeat(1_900)}="`)).toBeUndefined();
  });

  it('unquotes', () => {
    const type = parseMediaType('text/plain; a="b\\"c;d\\\\"');
    expect(type?.parameters).toEqual([{ name: 'a', value: 'b"c;d\\' }]);
  });

  it.each([
    '',
    'text',
    '/calendar',
    'text/',
    'text/calendar; "x"',
    'text/calendar; a="open',
    'text/calendar, text/plain',
  ])('is none: %s', (value) => {
    expect(parseMediaType(value)).toBeUndefined();
  });
});
