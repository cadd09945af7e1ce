import { declinesService, orderSrv, type Srv } from '@isched/runtime';
import { createScriptedRandom, createSeededRandom } from '@isched/testkit';
import { type DomainName, parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';

const host = (label: string): DomainName => parseDomainName(`${label}.example.com`);
const srv = (label: string, priority: number, weight: number): Srv => ({
  priority,
  weight,
  port: 443,
  target: host(label),
});
const labels = (records: readonly Srv[]): readonly string[] => records.map(({ target }) => target.split('.')[0] ?? '');

/** The fraction that makes RFC 2782's "random number between 0 and the sum computed (inclusive)" this number. */
const drawing = (number: number, sum: number): number => (number + 0.5) / (sum + 1);

describe('orderSrv', () => {
  it('[IS-1.11, DO-5.4] puts lower priorities first, whatever their order in the answer', () => {
    const records = [srv('c', 30, 0), srv('a', 10, 0), srv('b', 20, 0)];
    expect(labels(orderSrv(records, createSeededRandom(1)))).toEqual(['a', 'b', 'c']);
  });

  it.each([
    // RFC 2782: weightless first, so the running sums are 0 (zero), 10 (ten), 30 (twenty).
    [0, ['zero', 'ten', 'twenty']],
    [1, ['ten', 'zero', 'twenty']],
    [10, ['ten', 'zero', 'twenty']],
    [11, ['twenty', 'zero', 'ten']],
    [30, ['twenty', 'zero', 'ten']],
  ])('[IS-1.12] draws %i of 0 to 30 and takes the first record whose running sum reaches it', (drawn, expected) => {
    const records = [srv('ten', 0, 10), srv('zero', 0, 0), srv('twenty', 0, 20)];
    // The second draw is 0: the first one left.
    const random = createScriptedRandom({ fractions: [drawing(drawn, 30), 0, 0] });
    expect(labels(orderSrv(records, random))).toEqual(expected);
  });

  it('[IS-1.12] sends three of four first tries to the target with three of four parts of the weight', () => {
    const random = createSeededRandom(2782);
    const firsts = Array.from(
      { length: 4_000 },
      () => labels(orderSrv([srv('a', 0, 100), srv('b', 0, 300)], random))[0],
    );
    const share = firsts.filter((label) => label === 'b').length / firsts.length;
    expect(share).toBeGreaterThan(0.72);
    expect(share).toBeLessThan(0.78);
  });

  it('gives a weightless target a small chance beside weighted ones', () => {
    const random = createSeededRandom(1);
    const firsts = Array.from({ length: 4_000 }, () => labels(orderSrv([srv('w', 0, 99), srv('z', 0, 0)], random))[0]);
    const share = firsts.filter((label) => label === 'z').length / firsts.length;
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.03);
  });

  it('returns each record once', () => {
    const records = Array.from({ length: 50 }, (_, index) => srv(`h${index}`, index % 3, index));
    const ordered = orderSrv(records, createSeededRandom(7));
    expect(labels(ordered).toSorted()).toEqual(labels(records).toSorted());
  });

  it('has nothing to try in an empty answer, and asks for no chance', () => {
    expect(orderSrv([], createScriptedRandom({}))).toEqual([]);
  });

  it('[IS-1.9, DO-5.13] has nothing to try where the only target is the root', () => {
    const records: readonly Srv[] = [{ priority: 0, weight: 0, port: 0, target: '.' }];
    expect(orderSrv(records, createScriptedRandom({}))).toEqual([]);
    expect(declinesService(records)).toBe(true);
  });

  it('takes neither an empty answer nor a target beside the root for a refusal', () => {
    expect(declinesService([])).toBe(false);
    expect(declinesService([{ priority: 0, weight: 0, port: 0, target: '.' }, srv('a', 0, 0)])).toBe(false);
  });
});
