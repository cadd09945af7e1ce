/** A seeded source of chance (mulberry32), so that every run is the same. */
export interface Chance {
  fraction(): number;
  /** A whole number below `bound`. */
  below(bound: number): number;
  pick<T>(from: readonly T[]): T;
}

export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (bound: number): number => Math.floor(fraction() * bound);
  return { fraction, below, pick: (from) => from[below(from.length)] as (typeof from)[number] };
}
