import type { Random } from '@isched/runtime';

/**
 * Chance that a test wrote down.
 *
 * @param script - the values to hand out, in order.
 * @returns a Random that throws when it is asked more often than scripted.
 */
export function createScriptedRandom(script: {
  readonly fractions?: readonly number[];
  readonly tokens?: readonly string[];
}): Random {
  const fractions = [...(script.fractions ?? [])];
  const tokens = [...(script.tokens ?? [])];
  return { fraction: () => nextOf(fractions, 'fraction'), token: () => nextOf(tokens, 'token') };
}

/**
 * Chance that is the same in every run, for what asks often.
 *
 * @param seed - any whole number; another seed, another row of values.
 * @returns a Random whose fractions are spread evenly, and whose tokens are numbered.
 */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  let tokens = 0;
  return {
    // The generator known as mulberry32.
    fraction: () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
    token: () => {
      tokens += 1;
      return `token-${seed}-${tokens}`;
    },
  };
}

function nextOf<T>(values: T[], what: string): T {
  const value = values.shift();
  if (value === undefined) throw new Error(`the script has no further ${what}`);
  return value;
}
