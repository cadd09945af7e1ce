import { formatCalendar, parseCalendar } from '@isched/icalendar';
import ICAL from 'ical.js';
import { requestText } from './fixtures.ts';
import { type Benchmark, measure, rateRatio } from './harness.ts';

/** Text to tree, and to tree and back, against ical.js doing the same. */
export const parse: Benchmark = {
  name: 'parse',
  about: 'a 2 KB REQUEST, text to tree and back, against ical.js',
  async run() {
    const text = requestText('bench@sender.example', 'alice@sender.example', 'bob@receiver.example');
    const rows = await measure([
      { name: 'parse', work: () => batch(() => parseCalendar(text)) },
      { name: 'parse+format', work: () => batch(() => formatCalendar(parseCalendar(text))) },
      { name: 'ical.js', work: () => batch(() => ICAL.parse(text)) },
      { name: 'ical.js+stringify', work: () => batch(() => ICAL.stringify(ICAL.parse(text))) },
    ]);
    return {
      name: 'parse',
      rows: rows.map(perOne),
      ratios: {
        'parse/ical.js': rateRatio(rows, 'parse', 'ical.js'),
        'parse+format/ical.js+stringify': rateRatio(rows, 'parse+format', 'ical.js+stringify'),
      },
    };
  },
};

/** A single parse is shorter than the clock's own cost: a turn is a hundred of them. */
const batchSize = 100;

function batch(work: () => unknown): void {
  for (let index = 0; index < batchSize; index++) work();
}

function perOne<T extends { opsPerSecond: number; p50Ms: number; p99Ms: number }>(row: T): T {
  return {
    ...row,
    opsPerSecond: row.opsPerSecond * batchSize,
    p50Ms: row.p50Ms / batchSize,
    p99Ms: row.p99Ms / batchSize,
  };
}
