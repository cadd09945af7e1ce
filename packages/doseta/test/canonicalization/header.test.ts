import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerIscheduleRelaxed } from '../../src/canonicalization/header-ischedule-relaxed.ts';
import { headerRelaxed } from '../../src/canonicalization/header-relaxed.ts';
import { headerSimple } from '../../src/canonicalization/header-simple.ts';
import { toField } from '../support/messages.ts';
import { type Pair, referenceIscheduleLine, referenceRelaxedLine } from '../support/reference-signer.ts';

const ischedule = (names: readonly string[], fields: readonly Pair[]): string =>
  headerIscheduleRelaxed.canonicalize(names, fields.map(toField));

describe('ischedule-relaxed', () => {
  it.each<readonly [string, Pair, string]>([
    ['[DO-3.7] (1) lower-cases the name', ['OrIgInAtOr', 'x'], 'originator:x\r\n'],
    ['[DO-3.8] (2) unfolds', ['Recipient', 'a,\r\n\tb\r\n  c'], 'recipient:a,b c\r\n'],
    ['[DO-3.10] (4) makes one SP of a run of blanks', ['User-Agent', 'a \t b\t\tc  d'], 'user-agent:a b c d\r\n'],
    ['[DO-3.11] (5) trims the end', ['User-Agent', 'a \t'], 'user-agent:a\r\n'],
    ['[DO-3.12] (6) leaves no blank around the colon', ['User-Agent ', ' \ta'], 'user-agent:a\r\n'],
    ['[DO-3.13] (7) leaves no blank around a comma', ['Recipient', 'a ,\t b , c'], 'recipient:a,b,c\r\n'],
    [
      '[DO-3.13, Q35] not in User-Agent, in a quoted string or a comment either',
      ['User-Agent', 'x (a, b) "c , d"; $Id: e, 1 $'],
      'user-agent:x (a,b) "c,d"; $Id: e,1 $\r\n',
    ],
    [
      '[DO-3.13] not in the signature either',
      ['DKIM-Signature', 'v=1; n=a , b; b='],
      'dkim-signature:v=1; n=a,b; b=\r\n',
    ],
    [
      'keeps one blank around other signs (T13)',
      ['Content-Type', 'text/calendar  ; charset =  "utf-8"'],
      'content-type:text/calendar ; charset = "utf-8"\r\n',
    ],
    ['reads a list with tabs and blanks (T14)', ['Recipient', ' a  ,\t b\t\t '], 'recipient:a,b\r\n'],
    ['reads a padded version (T15)', ['iSchedule-Version', ' 1.0 '], 'ischedule-version:1.0\r\n'],
    [
      'collapses a signature with tabs (T16)',
      ['DKIM-Signature', ' v=1;\t\t bh=a b  c; \tb='],
      'dkim-signature:v=1; bh=a b c; b=\r\n',
    ],
    ['takes an empty value', ['X', ''], 'x:\r\n'],
    ['takes a value of blanks', ['X', ' \t '], 'x:\r\n'],
    ['takes commas alone', ['X', ' , ,, '], 'x:,,,\r\n'],
    ['keeps octets above ASCII', ['X', 'caf\xe9\xa0'], 'x:caf\xe9\xa0\r\n'],
    ['keeps a bare LF and a bare CR', ['X', 'a\nb\rc'], 'x:a\nb\rc\r\n'],
  ])('%s', (_what, field, expected) => {
    expect(ischedule([field[0].trim().toLowerCase()], [field])).toBe(expected);
  });

  it('[DO-3.9] (3) joins all fields of one name, in their order', () => {
    const fields: Pair[] = [
      ['Recipient', 'a'],
      ['X', '1'],
      ['recipient', 'b, c'],
      ['RECIPIENT', 'd'],
    ];
    expect(ischedule(['recipient'], fields)).toBe('recipient:a,b,c,d\r\n');
  });

  it('[DO-3.14] writes lines in the order of h=, not of the message (T20)', () => {
    expect(
      ischedule(
        ['b', 'c', 'a'],
        [
          ['A', '1'],
          ['B', '2'],
          ['C', '3'],
        ],
      ),
    ).toBe('b:2\r\nc:3\r\na:1\r\n');
  });

  it('[DO-3.15] leaves a name out that the message lacks (T18)', () => {
    expect(
      ischedule(
        ['recipient', 'ischedule-message-id', 'x'],
        [
          ['X', '1'],
          ['Recipient', 'a, b'],
        ],
      ),
    ).toBe('recipient:a,b\r\nx:1\r\n');
  });

  it('hashes a repeated name once', () => {
    expect(
      ischedule(
        ['a', 'b', 'a'],
        [
          ['A', '1'],
          ['B', '2'],
        ],
      ),
    ).toBe('a:1\r\nb:2\r\n');
  });

  const address = fc.stringMatching(/^mailto:[a-z]{1,8}@[a-z]{1,8}\.example$/);

  it('[DO-3.18] gives the same however a list of recipients is split over fields', () => {
    const blanks = fc.constantFrom('', ' ', '\t', '  ', '\r\n ');
    const split = fc.array(fc.tuple(address, fc.boolean(), blanks, blanks), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(split, (members) => {
        const values: string[] = [];
        for (const [recipient, newField, before, after] of members) {
          const last = values.pop();
          if (last === undefined) values.push(before + recipient + after);
          else if (newField) values.push(last, before + recipient + after);
          else values.push(`${last},${before}${recipient}${after}`);
        }
        const expected = `recipient:${members.map(([recipient]) => recipient).join(',')}\r\n`;
        expect(
          ischedule(
            ['recipient'],
            values.map((value): Pair => ['Recipient', value]),
          ),
        ).toBe(expected);
      }),
    );
  });

  const value = fc
    .array(fc.constantFrom('a', 'Z', ' ', '\t', ',', ';', '"', '\r\n ', '\r\n\t', ':', '\xff'), { maxLength: 30 })
    .map((parts) => parts.join(''));
  const fields = fc.array(fc.tuple(fc.constantFrom('A', 'a', 'B-c', 'Recipient'), value), { maxLength: 8 });

  it('agrees with the reference', () => {
    fc.assert(
      fc.property(fields, (pairs) => {
        const expected = ['recipient', 'a', 'b-c', 'd'].map((name) => referenceIscheduleLine(name, pairs)).join('');
        expect(ischedule(['recipient', 'a', 'b-c', 'd'], pairs)).toBe(expected);
      }),
    );
  });

  it('changes nothing when done twice', () => {
    fc.assert(
      fc.property(value, (text) => {
        const once = ischedule(['a'], [['A', text]]);
        expect(ischedule(['a'], [['a', once.slice(2, -2)]])).toBe(once);
      }),
    );
  });
});

describe('header relaxed', () => {
  it('[DO-3.6] follows RFC 6376 §3.4.2', () => {
    const fields = [
      ['A', ' X'],
      ['B ', ' Y\t\r\n\tZ  '],
    ].map(([name = '', text = '']) => ({ name, value: text }));
    expect(headerRelaxed.canonicalize(['a', 'b'], fields)).toBe('a:X\r\nb:Y Z\r\n');
  });

  it('[DO-3.6] takes the instances of a name from the bottom up, and none that is not there', () => {
    const fields = [
      ['R', '1'],
      ['r', '2'],
      ['R', '3'],
    ].map(([name = '', text = '']) => ({ name, value: text }));
    expect(headerRelaxed.canonicalize(['r', 'x', 'r', 'r', 'r'], fields)).toBe('r:3\r\nr:2\r\nr:1\r\n');
  });

  it('keeps blanks beside commas', () => {
    expect(headerRelaxed.canonicalize(['to'], [{ name: 'To', value: ' a ,  b' }])).toBe('to:a , b\r\n');
  });

  it('agrees with the reference', () => {
    const value = fc
      .array(fc.constantFrom('a', ' ', '\t', ',', '\r\n ', '\xff'), { maxLength: 20 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(value, (text) => {
        expect(headerRelaxed.canonicalize(['x-y'], [{ name: 'X-Y', value: text }])).toBe(
          referenceRelaxedLine(['X-Y', text]),
        );
      }),
    );
  });
});

describe('header simple', () => {
  it('[DO-3.5] leaves fields as they came', () => {
    const fields = [
      { name: 'A', value: ' X' },
      { name: 'B ', value: ' Y\t\r\n\tZ  ' },
    ];
    expect(headerSimple.canonicalize(['b', 'a'], fields)).toBe('B : Y\t\r\n\tZ  \r\nA: X\r\n');
  });
});

describe.each([headerSimple, headerRelaxed, headerIscheduleRelaxed])(
  '$name with a hostile header',
  (canonicalization) => {
    it('takes ten thousand fields of one name and a thousand repeats of it', () => {
      const fields = Array.from({ length: 10_000 }, (_, at) => ({ name: 'X', value: ` ${at} ,` }));
      const names = Array.from({ length: 1_000 }, () => 'x');
      expect(canonicalization.canonicalize(names, fields).length).toBeLessThan(100_000);
    });

    it('takes a megabyte of blanks', () => {
      const value = `a${' '.repeat(1_000_000)}b${' ,'.repeat(100_000)}\t`;
      expect(
        canonicalization
          .canonicalize(['x'], [{ name: 'X', value }])
          .startsWith(canonicalization === headerSimple ? 'X:a ' : 'x:a b'),
      ).toBe(true);
    });
  },
);
