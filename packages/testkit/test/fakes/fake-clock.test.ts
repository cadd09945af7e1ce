import { createFakeClock } from '@isched/testkit';
import { expect, it } from 'vitest';

it('stands still until it is moved', async () => {
  const clock = createFakeClock('2026-11-22T12:00:00Z');
  expect(clock.now()).toBe(Date.UTC(2026, 10, 22, 12));
  await clock.advance(1_500);
  expect(clock.now()).toBe(Date.UTC(2026, 10, 22, 12, 0, 1, 500));
});

it('wakes sleepers in the order of their time, each at its own time', async () => {
  const clock = createFakeClock(0);
  const woken: string[] = [];
  const sleep = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms);
    woken.push(`${name} at ${clock.now()}`);
  };
  const all = [sleep('late', 300), sleep('early', 100), sleep('never', 500)];
  expect(clock.sleepers).toBe(3);
  await clock.advance(400);
  expect(woken).toEqual(['early at 100', 'late at 300']);
  expect(clock.sleepers).toBe(1);
  expect(clock.now()).toBe(400);
  await clock.advance(100);
  await Promise.all(all);
});

it('wakes those too who fall asleep while it moves', async () => {
  const clock = createFakeClock(0);
  const times: number[] = [];
  const tick = async (): Promise<void> => {
    for (let count = 0; count < 3; count++) {
      await clock.sleep(10);
      times.push(clock.now());
    }
  };
  const ticking = tick();
  await clock.advance(30);
  await ticking;
  expect(times).toEqual([10, 20, 30]);
});

it('lets a sleeper go when its signal says so', async () => {
  const clock = createFakeClock(0);
  const stop = new AbortController();
  const sleep = clock.sleep(10, { signal: stop.signal });
  stop.abort(new Error('up'));
  await expect(sleep).rejects.toThrow('up');
  expect(clock.sleepers).toBe(0);
  await expect(clock.sleep(10, { signal: stop.signal })).rejects.toThrow('up');
});

it('rings after a time, unless it is kept from it', async () => {
  const clock = createFakeClock(0);
  const rung: number[] = [];
  clock.after(10, () => rung.push(clock.now()));
  const cancel = clock.after(10, () => rung.push(-1));
  cancel();
  expect(clock.sleepers).toBe(1);
  await clock.advance(20);
  expect(rung).toEqual([10]);
  expect(clock.sleepers).toBe(0);
});

it('is set without anybody who sleeps noticing', async () => {
  const clock = createFakeClock(0);
  let wokenAt: number | undefined;
  const sleeping = clock.sleep(100).then(() => (wokenAt = clock.now()));
  clock.set(3_600_000);
  await clock.advance(99);
  expect([clock.now(), wokenAt]).toEqual([3_600_099, undefined]);
  clock.set(-7_200_000);
  await clock.advance(1);
  await sleeping;
  expect(wokenAt).toBe(-3_599_900);
});
