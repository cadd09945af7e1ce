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
  return strength.reduce<readonly BusyPeriod[]>((stronger, type) => {
    const weaker = joined(periods, type, range);
    return weaker.length === 0 ? stronger : interleaved(stronger, outside(weaker, stronger));
  }, []);
}

/** The time of one type: sorted, clipped, no two periods touch. */
function joined(periods: readonly BusyPeriod[], type: BusyType, range: TimeRange): readonly BusyPeriod[] {
  const sorted = periods.filter((period) => overlaps(period, range) && period.type === type).sort(byStart);
  const found: BusyPeriod[] = [];
  for (let at = 0; at < sorted.length; ) {
    const start = (sorted[at] as BusyPeriod).start;
    let end = (sorted[at] as BusyPeriod).end;
    for (at += 1; at < sorted.length && (sorted[at] as BusyPeriod).start <= end; at++) {
      if ((sorted[at] as BusyPeriod).end > end) end = (sorted[at] as BusyPeriod).end;
    }
    found.push({ start: start < range.start ? range.start : start, end: end > range.end ? range.end : end, type });
  }
  return found;
}

function overlaps({ start, end }: TimeRange, range: TimeRange): boolean {
  return start < end && start < range.end && end > range.start;
}

/** What of some periods no stronger one covers; both sorted. */
function outside(periods: readonly BusyPeriod[], stronger: readonly BusyPeriod[]): readonly BusyPeriod[] {
  if (stronger.length === 0) return periods;
  const found: BusyPeriod[] = [];
  let next = 0;
  for (const { start, end, type } of periods) {
    let from = start;
    while ((stronger[next]?.end ?? end) <= from) next++;
    for (let at = next; from < end; at++) {
      const over = stronger[at];
      const until = over ? (Math.min(end, over.start) as EpochMs) : end;
      if (from < until) found.push({ start: from, end: until, type });
      from = over ? over.end : end;
    }
  }
  return found;
}

function interleaved(one: readonly BusyPeriod[], other: readonly BusyPeriod[]): readonly BusyPeriod[] {
  return one.length === 0 ? other : [...one, ...other].sort(byStart);
}

function byStart(one: TimeRange, other: TimeRange): number {
  return one.start - other.start;
}
