import type { DomainName } from '@isched/values';
import type { Srv } from './dns.ts';
import type { Random } from './random.ts';

/** A record that names a host to try. */
export interface SrvTarget extends Srv {
  readonly target: DomainName;
}

/**
 * Orders the targets of one SRV answer: lowest priority first, weighted random inside a priority.
 *
 * @param records - the answer, in any order; may be empty.
 * @param random - asked once for each record that has a target.
 * @returns every record with a target once, in the order to try; none if the only target is `.` (service not offered).
 * @throws nothing.
 * @see RFC 2782, "Usage rules"; iSchedule draft, "Receiver Discovery".
 */
export function orderSrv(records: readonly Srv[], random: Random): readonly SrvTarget[] {
  const byPriority = Map.groupBy(records.filter(hasTarget), (record) => record.priority);
  return [...byPriority]
    .toSorted(([left], [right]) => left - right)
    .flatMap(([, samePriority]) => drawByWeight(samePriority, random));
}

/**
 * Says whether an answer declares the service decidedly not offered: there are records, and each has the target `.`.
 *
 * @throws nothing.
 * @see RFC 2782, "Target".
 */
export function declinesService(records: readonly Srv[]): boolean {
  return records.length > 0 && !records.some(hasTarget);
}

function hasTarget(record: Srv): record is SrvTarget {
  return record.target !== '.';
}

/** RFC 2782, "Weight": weightless records go first; draw from 0 to the sum, both included; take the first that reaches it. */
function drawByWeight(records: readonly SrvTarget[], random: Random): readonly SrvTarget[] {
  const left = [...records.filter((record) => record.weight === 0), ...records.filter((record) => record.weight > 0)];
  const ordered: SrvTarget[] = [];
  while (left.length > 0) {
    const sum = left.reduce((total, record) => total + record.weight, 0);
    const drawn = Math.floor(random.fraction() * (sum + 1));
    ordered.push(...left.splice(indexReaching(left, drawn), 1));
  }
  return ordered;
}

function indexReaching(records: readonly SrvTarget[], drawn: number): number {
  let runningSum = 0;
  return records.findIndex((record) => {
    runningSum += record.weight;
    return runningSum >= drawn;
  });
}
