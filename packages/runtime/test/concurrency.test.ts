import { mapLimit } from '@isched/runtime';
import { expect, it } from 'vitest';

it('keeps the order of the items and never runs more than the limit', async () => {
  let running = 0;
  let most = 0;
  const results = await mapLimit([5, 1, 4, 2, 3], 2, async (item) => {
    running += 1;
    most = Math.max(most, running);
    for (let turn = 0; turn < item; turn++) await Promise.resolve();
    running -= 1;
    return item * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
});

it('starts nothing new after a failure', async () => {
  const started: number[] = [];
  const work = mapLimit([1, 2, 3, 4], 1, async (item) => {
    started.push(item);
    if (item === 2) throw new Error('second');
  });
  await expect(work).rejects.toThrow('second');
  expect(started).toEqual([1, 2]);
});

it('stops when aborted', async () => {
  const stop = new AbortController();
  const work = mapLimit([1, 2, 3], 1, async () => stop.abort(new Error('enough')), { signal: stop.signal });
  await expect(work).rejects.toThrow('enough');
});

it('has nothing to do for no items', async () => {
  expect(await mapLimit([], 3, async () => 1)).toEqual([]);
});
