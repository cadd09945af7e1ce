import { type Component, type Property, properties, withChildren } from '@isched/icalendar';
import { addressKey } from '../attendee.ts';
import type { Change } from '../judgement.ts';
import { revisionOf } from '../revision.ts';
import { makeSeries, type Member, membersOf, type Series, seriesOf } from '../series.ts';
import { zoned } from '../zoned.ts';
import { type Former, formerOf } from './revise.ts';
import type { Scope } from './scope.ts';
import { visibleNames } from './visible-names.ts';

/** A component that a circle is told of, and what it was when they were told last. */
export interface Compared {
  readonly now: Member;
  readonly fresh: Series;
  readonly was: Former | undefined;
}

/**
 * What a circle was told of an object, beside what it is to be told.
 *
 * @param former - as it was sent before; none: they did not know of it.
 * @param components - as it would be sent now.
 * @throws ICalendarError where instances have to be worked out and can't be.
 */
export function comparedWith(
  scope: Scope,
  former: readonly Component[],
  components: readonly Component[],
): readonly Compared[] {
  const { before, after } = scope;
  if (!after) return [];
  const type = components[0]?.name ?? 'VEVENT';
  const old = before && former.length > 0 ? sentSeries(before, former, type) : undefined;
  const fresh = sentSeries(after, components, type);
  return membersOf(fresh).map((now) => ({ now, fresh, was: formerOf(old, fresh, now) }));
}

/** How a component differs from what was told of it. @throws ICalendarError like `comparedWith`. */
export function changeIn({ now: { component, recurrenceId }, fresh, was }: Compared): readonly Change[] {
  const names = visibleNames(was, { component, within: fresh.zoned });
  const changed = names.filter((name) => name !== 'RECURRENCE-ID');
  if (was && changed.length === 0) return [];
  return [{ ...(recurrenceId ? { recurrenceId: recurrenceId.value } : {}), properties: changed }];
}

/**
 * Whether a component has another SEQUENCE, is gone, or stands by itself now: what is said of its series no longer
 * reaches it, which all copies must know alike.
 *
 * @throws nothing.
 */
export function isAnother(pairs: readonly Compared[], former: readonly Component[]): boolean {
  const kept = new Set(pairs.map(({ was }) => was?.component));
  const sequence = (of: Component): number => revisionOf(of).sequence;
  return (
    former.some((component) => !kept.has(component)) ||
    pairs.some(({ now, was }) => was && (was.derived || sequence(was.component) !== sequence(now.component)))
  );
}

/** Attendees whose line is another one in some component, with the line that they have now. @throws nothing. */
export function linesThatChanged(pairs: readonly Compared[]): ReadonlyMap<string, Property | undefined> {
  const changed = new Map<string, Property | undefined>();
  for (const { now, was } of pairs) {
    const [before, after] = [was?.component, now.component].map((of) => linesByPerson(of));
    for (const key of new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])) {
      if (textOf(before?.get(key)) !== textOf(after?.get(key))) changed.set(key, after?.get(key));
    }
  }
  return changed;
}

function linesByPerson(of: Component | undefined): ReadonlyMap<string, Property> {
  return new Map((of ? properties(of, 'ATTENDEE') : []).map((line) => [addressKey(line.value), line]));
}

function textOf(line: Property | undefined): string | undefined {
  return line?.parameters.map(({ name, values }) => `${name}=${values.join()}`).join(';');
}

/** What was sent as a series of its own, in the zones of the object it is from. */
function sentSeries(of: Series, components: readonly Component[], type: string): Series {
  const rest = of.zoned.calendar.children.filter((child) => child.kind !== 'component' || child.name !== type);
  const calendar = withChildren(of.zoned.calendar, [...rest, ...components]);
  const { master, overrides } = seriesOf(zoned(calendar), type);
  return makeSeries({ calendar, zones: of.zoned.zones }, master, overrides);
}
