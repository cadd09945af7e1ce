import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calAddressKey, parseCalAddress } from '../src/cal-address.ts';
import { type Component, type ComponentChild, makeComponent, type Property, withValue } from '../src/component.ts';
import { dateTimeOf, formatDateValue, parseDateValue, secondsOf } from '../src/date-time.ts';
import { durationOfSeconds, exactSeconds, formatDuration, parseDuration } from '../src/duration.ts';
import { formatCalendar } from '../src/format.ts';
import { formatJcal, parseJcalComponent } from '../src/jcal.ts';
import { parseComponents } from '../src/parse.ts';
import { mergePeriods } from '../src/periods.ts';
import { escapeText, textProperty, unescapeText } from '../src/text.ts';
import { ianaZone } from '../src/zones/iana-zone.ts';
import type { EpochMs } from '@isched/values';

const name = fc.stringMatching(/^[A-Z][A-Z0-9-]{0,12}$/).filter((text) => text !== 'BEGIN' && text !== 'END');
/** Any text without control characters; lone surrogates are no text. */
const printable = fc.string({ unit: 'grapheme', maxLength: 120 }).map((text) => text.replaceAll(/\p{Cc}/gu, ''));
const property: fc.Arbitrary<Property> = fc.record({
  kind: fc.constant('property' as const),
  name,
  parameters: fc.array(fc.record({ name, values: fc.array(printable, { minLength: 1, maxLength: 3 }) }), {
    maxLength: 3,
  }),
  value: printable,
});
const component: fc.Arbitrary<Component> = fc.letrec<{ component: Component; child: ComponentChild }>((tie) => ({
  child: fc.oneof({ maxDepth: 4, weight: 4, arbitrary: property }, { weight: 1, arbitrary: tie('component') }),
  component: fc
    .tuple(name, fc.array(tie('child'), { maxLength: 6 }))
    .map(([componentName, children]) => makeComponent(componentName, children)),
})).component;

/** The tree without what only the source knows. */
function bare(child: ComponentChild): unknown {
  if (child.kind === 'component') return [child.name, child.children.map(bare)];
  return [child.name, child.parameters, child.value];
}

describe('for every tree', () => {
  it('writing and reading gives the tree, and writing that the same text', () => {
    fc.assert(
      fc.property(component, (tree) => {
        const text = formatCalendar(tree);
        const [read] = parseComponents(text, { maxDepth: 64 });
        expect(read && bare(read)).toEqual(bare(tree));
        expect(read && formatCalendar(read)).toBe(text);
        for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
      }),
      { numRuns: 300 },
    );
  });

  it('changing a value changes its line only', () => {
    fc.assert(
      fc.property(fc.array(property, { minLength: 1, maxLength: 8 }), fc.nat(), printable, (lines, place, value) => {
        const [read] = parseComponents(formatCalendar(makeComponent('X', lines)));
        const index = place % lines.length;
        const changed = read?.children.map((child, at) =>
          at === index && child.kind === 'property' ? withValue(child, value) : child,
        );
        const again = parseComponents(formatCalendar(makeComponent('X', changed ?? [])))[0];
        expect(again && bare(again)).toEqual([
          'X',
          lines.map((line, at) => bare(at === index ? { ...line, value } : line)),
        ]);
      }),
      { numRuns: 200 },
    );
  });

  it('a text for people never brings a line of its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = formatCalendar(makeComponent('X', [textProperty('SUMMARY', text)]));
        expect(parseComponents(written)[0]?.children.length).toBe(1);
      }),
    );
  });

  it('a detour through jCal and JSON says the same', () => {
    fc.assert(
      fc.property(component, (tree) => {
        const jcal = JSON.stringify(formatJcal(tree));
        const again = parseJcalComponent(jcal, { maxDepth: 64 });
        expect(JSON.parse(JSON.stringify(formatJcal(again)))).toEqual(JSON.parse(jcal));
      }),
      { numRuns: 200 },
    );
  });
});

describe('for every value', () => {
  it('text is unescaped to what was escaped', () => {
    fc.assert(
      fc.property(printable, (text) => {
        expect(unescapeText(escapeText(text))).toBe(text);
      }),
    );
  });

  it('seconds are the time they came from', () => {
    const seconds = fc.integer({ min: -62_000_000_000, max: 253_402_300_799 });
    fc.assert(
      fc.property(seconds, (value) => {
        const dateTime = dateTimeOf(value, true);
        expect(secondsOf(dateTime)).toBe(value);
        expect(parseDateValue(formatDateValue(dateTime))).toEqual(dateTime);
        expect(dateTime.hour).toBe(new Date(value * 1000).getUTCHours());
      }),
    );
  });

  it('durations keep their length', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10_000_000, max: 10_000_000 }), (seconds) => {
        expect(exactSeconds(parseDuration(formatDuration(durationOfSeconds(seconds))))).toBe(
          seconds === 0 ? 0 : seconds,
        );
      }),
    );
  });

  it("an address's key is the same however its letters are written", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9.]{0,10}$/), fc.infiniteStream(fc.boolean()), (local, coins) => {
        const address = `mailto:${local}@example.com`;
        const mixed = address
          .split('')
          .map((letter) => (coins.next().value ? letter.toUpperCase() : letter))
          .join('');
        expect(calAddressKey(parseCalAddress(mixed))).toBe(address);
      }),
    );
  });

  it('a wall clock time is found again, unless the clock jumps over it', () => {
    const zone = ianaZone('America/St_Johns') ?? expect.fail('no zone');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), (seconds) => {
        const instant = (seconds * 1000) as EpochMs;
        const back = zone.toEpoch(zone.toLocal(instant));
        // The second of two equal times is found as the first.
        expect([0, 3_600_000, 7_200_000]).toContain(instant - back);
      }),
    );
  });

  it('merged periods are sorted, apart, and cover the same', () => {
    const period = fc
      .tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 20 }))
      .map(([start, length]) => ({ start: start as EpochMs, end: (start + length) as EpochMs }));
    fc.assert(
      fc.property(fc.array(period), (periods) => {
        const merged = mergePeriods(periods);
        for (const [index, { start, end }] of merged.entries()) {
          expect(end).toBeGreaterThan(start);
          expect(start).toBeGreaterThan(merged[index - 1]?.end ?? -1);
        }
        const covers = (list: typeof merged, at: number): boolean =>
          list.some(({ start, end }) => start <= at && at < end);
        for (let at = 0; at < 225; at++) expect(covers(merged, at)).toBe(covers(periods, at));
      }),
    );
  });
});
