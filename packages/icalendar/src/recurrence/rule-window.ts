import type { Budget } from './budget.ts';

/** Which of a rule's instances are wanted. Times are seconds since 1970-01-01T00:00:00 on the rule's own clock. */
export interface RuleWindow {
  /** The rule's start: DTSTART. */
  readonly start: number;
  /** Instances before are not wanted; those that COUNT counts are gone through all the same. */
  readonly from: number;
  /** The last wanted instance, included; UNTIL is the caller's. */
  readonly to: number;
  readonly budget: Budget;
}

/** A part's numbers, ascending and each once, or what the start says. @throws nothing. */
export function sortedOr(numbers: readonly number[], fromStart: number): readonly number[] {
  if (numbers.length === 0) return [fromStart];
  return [...new Set(numbers)].toSorted((one, other) => one - other);
}

/**
 * The places that BYSETPOS picks out of so many, ascending, from 0; all without BYSETPOS.
 *
 * @throws nothing.
 */
export function* places(positions: readonly number[], length: number): Generator<number, void, void> {
  if (positions.length === 0) {
    for (let place = 0; place < length; place++) yield place;
    return;
  }
  const picked = positions.map((position) => (position > 0 ? position - 1 : length + position));
  for (const place of sortedOr(picked, 0)) if (place >= 0 && place < length) yield place;
}
