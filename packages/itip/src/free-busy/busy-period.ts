import type { EpochMs, TimeRange } from '@isched/values';

/** What kind of busy; FREE is never told. */
export type BusyType = 'BUSY' | 'BUSY-UNAVAILABLE' | 'BUSY-TENTATIVE';

/** Time in which somebody is busy. */
export interface BusyPeriod extends TimeRange {
  readonly type: BusyType;
}

/** Which type counts where two overlap: the first. */
const strength: readonly BusyType[] = ['BUSY', 'BUSY-UNAVAILABLE', 'BUSY-TENTATIVE'];

/**
 * Sorts, clips and joins busy time: no two periods of the answer overlap, and neighbours differ in their type. Where
 * several types meet the strongest counts.
 *
 * @param periods - in any order.
 * @param range - what is outside is left out.
 * @throws nothing.
 */
export function mergeBusy(periods: readonly BusyPeriod[], range: TimeRange): readonly BusyPeriod[] {
  const edges: { at: number; type: BusyType; step: 1 | -1 }[] = [];
  for (const { start, end, type } of periods) {
    const from = Math.max(start, range.start);
    const to = Math.min(end, range.end);
    if (from < to) edges.push({ at: from, type, step: 1 }, { at: to, type, step: -1 });
  }
  edges.sort((left, right) => left.at - right.at);
  const open: Record<BusyType, number> = { BUSY: 0, 'BUSY-UNAVAILABLE': 0, 'BUSY-TENTATIVE': 0 };
  const merged: BusyPeriod[] = [];
  edges.forEach((edge, index) => {
    open[edge.type] += edge.step;
    const until = edges[index + 1]?.at;
    const type = strength.find((each) => open[each] > 0);
    if (type === undefined || until === undefined || until === edge.at) return;
    const last = merged.at(-1);
    if (last?.type === type && last.end === edge.at) {
      merged[merged.length - 1] = { ...last, end: until as EpochMs };
    } else merged.push({ start: edge.at as EpochMs, end: until as EpochMs, type });
  });
  return merged;
}
