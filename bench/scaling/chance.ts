/** Chance that is the same each time: mulberry32 of a seed. */
export interface Chance {
  /** From 0 up to 1. */
  fraction(): number;
  /** Times between arrivals that know nothing of each other. */
  exponential(mean: number): number;
  /** Work that takes mostly the same time: gamma with shape 4, half as scattered as `exponential`. */
  steady(mean: number): number;
  /** Answers of strangers: half of them within the median, few very late. */
  lognormal(median: number, sigma: number): number;
}

/** Makes a stream of numbers. @throws nothing. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const exponential = (mean: number): number => -mean * Math.log(1 - fraction());
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - fraction())) * Math.cos(2 * Math.PI * fraction());
  return {
    fraction,
    exponential,
    steady: (mean) => (exponential(mean) + exponential(mean) + exponential(mean) + exponential(mean)) / 4,
    lognormal: (median, sigma) => median * Math.exp(sigma * normal()),
  };
}

/**
 * Draws from things of which the second is half as wanted as the first, the third a third, and so on.
 *
 * @returns a draw, from 0 to below `count`, and the part of the first.
 * @throws nothing.
 */
export function popularity(count: number, chance: Chance): { draw(): number; readonly first: number } {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let index = 0; index < count; index++) sums[index] = sum += 1 / (index + 1);
  return {
    first: 1 / sum,
    draw() {
      const wanted = chance.fraction() * sum;
      let [low, high] = [0, count - 1];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((sums[middle] ?? 0) > wanted) high = middle;
        else low = middle + 1;
      }
      return low;
    },
  };
}
