import { excludedMoments } from '../excluded.ts';
import { hasInstance } from '../instances.ts';
import type { Placed } from '../schedule.ts';
import { makeSeries } from '../series.ts';
import { changedNames } from '../snapshot.ts';

/** With more exceptions than these at once nobody looks at each. */
const maxLookedAt = 50;

/**
 * The properties in which a change of the organizer's differs for anybody: exceptions to what never was an instance
 * don't count.
 *
 * @throws ICalendarError where instances have to be worked out and can't be.
 */
export function visibleNames(before: Placed | undefined, after: Placed): readonly string[] {
  const names = changedNames(before, after);
  if (!before || !names.includes('EXDATE')) return names;
  const material = takesAway(before, after) || takesAway(after, before);
  return material ? names : names.filter((name) => name !== 'EXDATE');
}

/** Whether the second leaves out an instance that the first has. */
function takesAway(from: Placed, to: Placed): boolean {
  const known = new Set(excludedMoments(from.component, from.within).map(({ key }) => key));
  const fresh = excludedMoments(to.component, to.within).filter(({ key }) => !known.has(key));
  const series = makeSeries(from.within, { component: from.component, at: -1 }, []);
  return fresh.length > maxLookedAt || fresh.some(({ line }) => hasInstance(series, line));
}
