import type { Abortable } from '@isched/values';

/**
 * Maps items with at most `limit` under way at once; results keep the items' order.
 *
 * @param items - may be empty.
 * @param limit - at least 1.
 * @param work - called once for each item, in order of the items.
 * @returns one result for each item.
 * @throws what the first failing work threw; nothing new is started after it. The signal's reason when aborted.
 */
// oxlint-disable-next-line max-params -- reads like Array.map, with a limit before the callback
export async function mapLimit<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
  options: Abortable = {},
): Promise<readonly R[]> {
  const results: R[] = Array.from({ length: items.length });
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      options.signal?.throwIfAborted();
      const index = next++;
      try {
        results[index] = await work(items[index] as T, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(1, limit), items.length) }, lane));
  return results;
}
