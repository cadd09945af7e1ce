import { describe, expect, it } from 'vitest';
import { parseHttpDate } from '../../src/wire/http-date.ts';

describe('HTTP dates', () => {
  // RFC 9110 §5.6.7 writes this moment in all three forms.
  it.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
    '%s',
    (text) => {
      expect(parseHttpDate(text)).toBe(Date.UTC(1994, 10, 6, 8, 49, 37));
    },
  );

  it('agrees with another reader through a century and a half', () => {
    const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
    for (let time = Date.UTC(1970, 0, 1); time < Date.UTC(2110, 0, 1); time += 5 * 86_400_000) {
      const date = new Date(time);
      const day = String(date.getUTCDate()).padStart(2, '0');
      const text = `Mon, ${day} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()} 00:00:00 GMT`;
      if (parseHttpDate(text) !== time) expect([text, parseHttpDate(text)]).toEqual([text, time]);
    }
    expect(parseHttpDate('Tue, 29 Feb 2028 23:59:59 GMT')).toBe(Date.UTC(2028, 1, 29, 23, 59, 59));
  });

  it.each([
    '',
    '0',
    '-1',
    'tomorrow',
    'Sun, 32 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nul 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 CET',
  ])('is none: %s', (text) => {
    expect(parseHttpDate(text)).toBeUndefined();
  });
});
