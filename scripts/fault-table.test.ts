import { describe, expect, it } from 'vitest';
import { faultNames } from '../packages/gateway/test/faults/support/tally.ts';
import { faultRows, formatFaultTable } from './fault-table.ts';

describe('the table of faults', () => {
  const tests = [
    { passed: true, injected: { 'says 429': 3, 'DNS times out': 1 }, submissions: 5 },
    { passed: false, injected: { 'says 429': 2 }, submissions: 7 },
    { passed: true, injected: {}, submissions: 9 },
  ];

  it('has a row for each fault there is, and sums up what the tests counted', () => {
    const rows = faultRows(tests);
    expect(rows.map(({ fault }) => fault)).toEqual(faultNames);
    expect(rows.find(({ fault }) => fault === 'says 429')).toEqual({
      fault: 'says 429',
      injected: 5,
      submissions: 5,
      passed: 1,
      failed: 1,
    });
  });

  it('says what failed and what nobody injected', () => {
    const lines = formatFaultTable(faultRows(tests)).split('\n');
    const line = (start: string): string => lines.find((each) => each.startsWith(start)) ?? '';
    expect(line('says 429')).toMatch(/ 5 +5 +2 {2}1 failed$/);
    expect(line('DNS times out')).toMatch(/ 1 +5 +1 {2}passed$/);
    expect(line('sends 10 MB')).toMatch(/ 0 +0 +0 {2}not injected$/);
  });
});
