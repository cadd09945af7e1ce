import type { QueueFilter } from '../../ports/queue-admin.ts';
import { fallbackName, stateNumber } from './queue-rows.ts';

/**
 * One way to find rows that an index leads along, oldest first. Where a filter names nothing that an index knows at once, its rows
 * are gathered along several, and none is gone along further than the page is long.
 */
export type Arm =
  /** Whatever the filter names, or the table itself. */
  | { readonly by: 'filter' }
  /** What waits, or waited, under one name. */
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'state'; readonly state: number };

/** A lane of more names than this is looked for row by row. */
export const mostNames = 50;

const delivered = stateNumber('delivered');

/**
 * The arms of a filter.
 *
 * @param namesOfLane - under which names what is in the filter's lane waits; more than `mostNames`: too many.
 * @throws nothing.
 */
export function armsOf(filter: QueueFilter, namesOfLane: readonly string[]): readonly Arm[] {
  const { delivery, submission, recipient, uid, domain, lane, states } = filter;
  const isNamed = [delivery, submission, recipient, uid].some((value) => value !== undefined);
  if (isNamed) return [{ by: 'filter' }];
  const names = domain === undefined ? namesOfLane : [domain, fallbackName(domain)];
  if (domain !== undefined || (lane !== undefined && names.length <= mostNames))
    return names.map((name) => ({ by: 'name', name }));
  // Most rows are delivered: the table itself leads to them.
  const numbers = [...new Set(states?.map(stateNumber))];
  if (states === undefined || numbers.includes(delivered)) return [{ by: 'filter' }];
  return numbers.map((state) => ({ by: 'state', state }));
}

/** One page of what several arms found. @throws nothing. */
export function onePage<Row extends { readonly id: number }>(
  found: readonly (readonly Row[])[],
  limit: number,
): readonly Row[] {
  const [only, ...others] = found;
  if (others.length === 0) return only ?? [];
  return found
    .flat()
    .toSorted((one, other) => one.id - other.id)
    .slice(0, limit);
}
