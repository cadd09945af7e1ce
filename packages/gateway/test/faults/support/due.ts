import { expect } from 'vitest';
import type { Invitation } from './meetings.ts';
import type { Street } from './street.ts';

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** The first retry: a minute, and up to a fifth of it by chance. */
export const usual = [minute, 1.2 * minute] as const;

/** When the deliveries of a meeting are due again, from now; nothing: they do not wait. */
export async function dueIn({ alpha, clock }: Street, { uid }: Invitation): Promise<readonly (number | undefined)[]> {
  const deliveries = await alpha.queue(uid);
  return deliveries.map(({ state, dueAt }) => (state === 'waiting' ? dueAt - clock.now() : undefined));
}

/** Says whether the deliveries of a meeting wait to be tried again. */
export async function waits(street: Street, invitation: Invitation): Promise<boolean> {
  return (await dueIn(street, invitation)).every((time) => time !== undefined);
}

/** All of them, in from so much to so much. */
export function expectBetween(times: readonly (number | undefined)[], [from, to]: readonly [number, number]): void {
  expect(times.length).toBeGreaterThan(0);
  for (const time of times) {
    expect(time).toBeGreaterThanOrEqual(from);
    expect(time).toBeLessThanOrEqual(to);
  }
}
