import * as fc from 'fast-check';
import { RRuleTemporal } from 'rrule-temporal';
import { describe, expect, it } from 'vitest';
import { dateTimeOf, formatDateValue, parseDateValue, secondsOf } from '../../src/date-time.ts';
import { instancesOfRule } from '../../src/recurrence/instances-of-rule.ts';
import { parseRecurrenceRule } from '../../src/recurrence/rule.ts';

const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const some = <T>(values: readonly T[], max = 3): fc.Arbitrary<readonly T[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: max });
const part = (key: string, values: fc.Arbitrary<readonly unknown[]>): fc.Arbitrary<string> =>
  values.map((list) => `;${key}=${list.join(',')}`);
const maybe = (text: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(fc.constant(''), text);

const interval = maybe(fc.integer({ min: 1, max: 4 }).map((number) => `;INTERVAL=${number}`));
const months = maybe(part('BYMONTH', some([1, 2, 3, 6, 9, 11, 12])));
const monthDays = maybe(part('BYMONTHDAY', some([1, 2, 13, 15, 28, 30, 31, -1, -2, -31])));
const days = maybe(part('BYDAY', some(weekdays)));
const hours = maybe(part('BYHOUR', some([0, 6, 9, 23], 2)));
const minutes = maybe(part('BYMINUTE', some([0, 15, 59], 2)));
const weekStart = maybe(fc.constantFrom(...weekdays).map((day) => `;WKST=${day}`));
const count = fc.integer({ min: 1, max: 8 }).map((number) => `;COUNT=${number}`);
const joined = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((texts) => texts.join(''));

/** What both understand alike. The other unites parts that limit each other in yearly rules; these are left out. */
const rules = fc.oneof(
  joined(fc.constant('FREQ=DAILY'), interval, months, monthDays, days, hours, minutes, count),
  joined(fc.constant('FREQ=WEEKLY'), interval, months, days, hours, minutes, weekStart, count),
  joined(fc.constant('FREQ=MONTHLY'), interval, months, monthDays, days, hours, minutes, count),
  joined(
    fc.constant('FREQ=MONTHLY'),
    interval,
    part('BYDAY', some(['1MO', '2TU', '-1FR', '5SU', '-2WE'])),
    maybe(part('BYSETPOS', some([1, -1], 1))),
    count,
  ),
  joined(fc.constant('FREQ=YEARLY'), interval, months, monthDays, days, hours, count),
  joined(
    fc.constant('FREQ=YEARLY'),
    part('BYWEEKNO', some([1, 10, 20, 52, -1])),
    part('BYDAY', some(weekdays)),
    weekStart,
    count,
  ),
  joined(fc.constant('FREQ=YEARLY'), interval, part('BYYEARDAY', some([1, 60, 100, -1, -100])), hours, count),
  joined(fc.constant('FREQ=HOURLY'), interval, months, days, minutes, count),
  joined(fc.constant('FREQ=MINUTELY'), interval, days, part('BYHOUR', some([0, 6, 9, 23], 2)), count),
);

const start = fc
  .tuple(fc.integer({ min: 2_020, max: 2_028 }), fc.integer({ min: 0, max: 364 }), fc.integer({ min: 0, max: 47 }))
  .map(([year, day, halfHour]) => Date.UTC(year, 0, 1) / 1000 + day * 86_400 + halfHour * 1_800);

describe('rules made at random', () => {
  it('make the same instances as another implementation', () => {
    const last = secondsOf(parseDateValue('21500101T000000'));
    let compared = 0;
    fc.assert(
      fc.property(rules, start, (rule, at) => {
        const dtstart = formatDateValue(dateTimeOf(at, true));
        const theirs = expandElsewhere(`DTSTART:${dtstart}\nRRULE:${rule}`)?.filter((text) => text < '2150');
        if (theirs === undefined) return;
        const window = { start: at, from: at, to: last, budget: { left: 300_000 } };
        const ours = [...instancesOfRule(parseRecurrenceRule(rule), window)].map((seconds) =>
          formatDateValue(dateTimeOf(seconds, true)),
        );
        expect(ours, `${dtstart} ${rule}`).toEqual(theirs);
        compared++;
      }),
      { numRuns: 500, seed: 5_545 },
    );
    expect(compared).toBeGreaterThan(400);
  });
});

/** Nothing when it gives up. */
function expandElsewhere(rruleString: string): readonly string[] | undefined {
  try {
    const rule = new RRuleTemporal({ rruleString, maxIterations: 10_000, maxCandidateEvaluations: 100_000 });
    return rule.all().map((date) => `${date.toString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`);
  } catch {
    return undefined;
  }
}
