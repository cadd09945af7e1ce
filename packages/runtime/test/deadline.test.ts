import { DeadlinePassed, withDeadline } from '@isched/runtime';
import { createFakeClock } from '@isched/testkit';
import { expect, it } from 'vitest';

const untilAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

it('ends work that takes too long', async () => {
  const clock = createFakeClock();
  const work = withDeadline(clock, { timeoutMs: 1_000 }, untilAbort);
  const ended = expect(work).rejects.toThrow(DeadlinePassed);
  await clock.advance(1_000);
  await ended;
});

it('leaves no timer behind when the work is done', async () => {
  const clock = createFakeClock();
  expect(await withDeadline(clock, { timeoutMs: 1_000 }, async () => 'done')).toBe('done');
  await clock.advance(0);
  expect(clock.sleepers).toBe(0);
});

it("ends with the caller's own reason when the caller gives up", async () => {
  const caller = new AbortController();
  const work = withDeadline(createFakeClock(), { timeoutMs: 1_000, signal: caller.signal }, untilAbort);
  caller.abort(new Error('the caller left'));
  await expect(work).rejects.toThrow('the caller left');
});

it('does not start work for a caller who has left', async () => {
  let started = false;
  const work = withDeadline(
    createFakeClock(),
    { timeoutMs: 1, signal: AbortSignal.abort(new Error('left')) },
    async () => {
      started = true;
    },
  );
  await expect(work).rejects.toThrow('left');
  expect(started).toBe(false);
});
