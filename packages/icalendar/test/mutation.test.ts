import { describe, expect, it } from 'vitest';
import { checkValues } from '../src/check-values.ts';
import { ICalendarError } from '../src/errors.ts';
import { formatComponents } from '../src/format.ts';
import { formatJcal, parseJcalComponent } from '../src/jcal.ts';
import { decodeCalendar, parseComponents } from '../src/parse.ts';
import { instancesOf } from '../src/recurrence/instances-of.ts';
import { makeComponent } from '../src/component.ts';
import { corpusFiles, hasCorpus } from './support/corpus.ts';

/** A reproducible source of numbers (xorshift). */
function createChance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const fragments = [
  '\r',
  '\n',
  '\r\n ',
  ';',
  ':',
  '"',
  ',',
  '=',
  '^',
  '\\',
  '\u0000',
  'BEGIN:VEVENT\r\n',
  'END:VEVENT\r\n',
  '9',
];

function mutate(octets: Uint8Array, other: Uint8Array, chance: (below: number) => number): Uint8Array {
  const at = chance(octets.length + 1);
  const length = chance(40);
  const [before, after] = [octets.subarray(0, at), octets.subarray(Math.min(octets.length, at + length))];
  const inserted = [
    Buffer.from(fragments[chance(fragments.length)] ?? ''),
    Buffer.from([chance(256)]),
    other.subarray(chance(other.length), chance(other.length)),
    octets.subarray(at, at + length).toReversed(),
    Buffer.alloc(0),
  ][chance(5)];
  return Buffer.concat([before, inserted ?? Buffer.alloc(0), chance(2) === 0 ? after : octets.subarray(at)]);
}

/** Reads, writes, checks, expands and converts; answers the code of a refusal, or `ok`. Anything else is thrown. */
function useAll(octets: Uint8Array): string {
  try {
    const text = decodeCalendar(octets);
    const components = parseComponents(text, { maxOddLines: octets.length % 3 });
    expect(formatComponents(components)).toBe(text);
    const calendar = components[0]?.name === 'VCALENDAR' ? components[0] : makeComponent('VCALENDAR', components);
    checkValues(calendar);
    parseJcalComponent(JSON.stringify(formatJcal(calendar)));
    instancesOf(calendar, undefined, { maxInstances: 20, maxWork: 500 });
    return 'ok';
  } catch (error) {
    if (error instanceof ICalendarError) return error.code;
    throw error;
  }
}

describe.skipIf(!hasCorpus)('mutated calendar files (skipped: no corpus here)', () => {
  it('are read without loss or refused with a code, and nothing else', () => {
    const files = corpusFiles().filter(({ octets }) => octets.length > 0 && octets.length < 8_000);
    const chance = createChance(20_261_122);
    const outcomes = new Map<string, number>();
    for (let round = 0; round < 2_000; round++) {
      const file = files[chance(files.length)];
      const other = files[chance(files.length)];
      if (!file || !other) continue;
      let octets: Uint8Array = file.octets;
      for (let times = 0; times <= chance(3); times++) octets = mutate(octets, other.octets, chance);
      const outcome = useAll(octets);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect([...outcomes.keys()]).toEqual(expect.arrayContaining(['ok', 'invalid-line', 'unbalanced', 'not-utf8']));
  });
});
