/** The changes of a zone's offset in some span of time. All numbers are seconds. */
export interface OffsetTable {
  /** When the offset changes, ascending, in UTC. */
  readonly changes: readonly number[];
  /** The wall clock from which a change counts, see `localChange`. */
  readonly localChanges: readonly number[];
  /** The offset before the first change, then that after each. */
  readonly offsets: readonly number[];
}

/** One change of the offset. */
export interface OffsetChange {
  readonly at: number;
  readonly offset: number;
}

/**
 * Makes a table.
 *
 * @param before - the offset before the first change.
 * @param changes - ascending; those that change nothing are left out.
 * @throws nothing.
 */
export function createOffsetTable(before: number, changes: readonly OffsetChange[]): OffsetTable {
  const table = { changes: [] as number[], localChanges: [] as number[], offsets: [before] };
  let offset = before;
  for (const change of changes) {
    if (change.offset === offset) continue;
    table.changes.push(change.at);
    table.localChanges.push(change.at + Math.max(offset, change.offset));
    table.offsets.push(change.offset);
    offset = change.offset;
  }
  return table;
}

/** The offset at a point in time. @throws nothing. */
export function offsetAtEpoch(table: OffsetTable, epochSeconds: number): number {
  return table.offsets[countUpTo(table.changes, epochSeconds)] as number;
}

/**
 * The offset with which a wall clock is read. A change counts from the later of the wall clocks before and after it:
 * in a gap the old offset still holds, and a time that comes twice is the first.
 *
 * @throws nothing.
 * @see RFC 5545 §3.3.5.
 */
export function offsetAtLocal(table: OffsetTable, localSeconds: number): number {
  return table.offsets[countUpTo(table.localChanges, localSeconds)] as number;
}

/** How many numbers of an ascending list are not above a limit. */
function countUpTo(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
