import { expect, it } from 'vitest';
import { openWaitingRoom } from '../../src/admin/waiting.ts';

it('lets so many wait as there are seats, and answers whoever comes on top with what is there', async () => {
  const room = openWaitingRoom(2);
  const { promise: end, resolve } = Promise.withResolvers<void>();
  const waits: number[] = [];
  const waiting = [1000, 2000].map((ms) => room.wait(ms, async (waitMs) => (waits.push(waitMs), end)));
  await room.wait(3000, async (waitMs) => waits.push(waitMs));
  resolve();
  await Promise.all(waiting);
  await room.wait(90_000, async (waitMs) => waits.push(waitMs));
  await expect(room.wait(1, () => Promise.reject(new Error('broke off')))).rejects.toThrow('broke off');
  await room.wait(5000, async (waitMs) => waits.push(waitMs));
  expect(waits).toEqual([1000, 2000, 0, 60_000, 5000]);
});
