import {
  type Component,
  type ComponentChild,
  makeProperty,
  type Property,
  property,
  withChildren,
  withProperty,
  withValue,
} from '@isched/icalendar';
import { type Addresses, attendeeLine, participationOf } from '../attendee.ts';
import { instanceOfSeries, type PlacedLine, recurrenceIdFor } from '../derive.ts';
import { type Excluded, excludedMoments } from '../excluded.ts';
import { asExclusion, isHidden, readRefused, refusedVersion } from '../incoming/hidden.ts';
import { findOverride, type Member, type Series } from '../series.ts';
import { isCancelled } from './request-for.ts';
import { withAnswer } from './with-answer.ts';

/**
 * Instances that an attendee took out of their copy: that is a no. An answer to the series is none to what was thrown
 * out before, of which the organizer may not know yet; that is said again.
 *
 * @param answered - the person's answer to the series is new.
 * @throws nothing.
 * @see RFC 6638 §3.2.2.3.
 */
export function refusalsOf(
  before: Series,
  after: Series,
  { user, answered }: { readonly user: Addresses; readonly answered: boolean },
): readonly Component[] {
  if (!before.master || !after.master) return [];
  const known = new Set(excludedMoments(before.master.component, before.zoned).map(({ key }) => key));
  return excludedMoments(after.master.component, after.zoned).flatMap((excluded): readonly Component[] => {
    if (findOverride(after, excluded.line, after.zoned)) return [];
    const former = versionOf(before, { line: excluded.line, within: after.zoned });
    const own = attendeeLine(former, user);
    if (!own || isCancelled(former)) return [];
    if (known.has(excluded.key)) return answered && isHidden(excluded) ? [refusedAgain(former, excluded, user)] : [];
    return participationOf(own) === 'DECLINED' ? [] : [withAnswer(former, user, 'DECLINED')];
  });
}

/** The no to an instance, about the version that was there when it was thrown out. */
function refusedAgain(former: Component, { source }: Excluded, user: Addresses): Component {
  const { sequence } = readRefused(source).revision;
  return withAnswer(withProperty(former, makeProperty('SEQUENCE', String(sequence))), user, 'DECLINED');
}

/** An instance as a copy has it: by itself, or by its series. */
function versionOf(series: Series, wanted: PlacedLine): Component {
  const recurrenceId = recurrenceIdFor((series.master as Member).component, series.zoned, wanted);
  return findOverride(series, recurrenceId, series.zoned)?.component ?? instanceOfSeries(series, recurrenceId);
}

/**
 * The series, with a note on the instances that the person threw out: a new version of the series doesn't bring them back.
 *
 * @param component - a component of `after`; instances stay as they are.
 * @throws nothing.
 */
export function withOwnExclusions(before: Series | undefined, after: Series, component: Component): Component {
  if (!before?.master || property(component, 'RECURRENCE-ID')) return component;
  const known = new Set(excludedMoments(before.master.component, before.zoned).map(({ key }) => key));
  const noted = ({ line }: Excluded): Property => {
    const refused = versionOf(before, { line, within: after.zoned });
    return asExclusion(line, refusedVersion({ component: refused, within: before.zoned }));
  };
  const children = component.children.flatMap((child): readonly ComponentChild[] => {
    if (child.kind !== 'property' || child.name !== 'EXDATE') return [child];
    const dates = excludedMoments({ ...component, children: [child] }, after.zoned);
    const thrown = dates.filter(({ key }) => !known.has(key));
    if (thrown.length === 0) return [child];
    const texts = new Set(thrown.map(({ line }) => line.value));
    const others = child.value.split(',').filter((text) => !texts.has(text.trim()));
    const rest = others.length > 0 ? [withValue(child, others.join(','))] : [];
    return [...rest, ...thrown.map(noted)];
  });
  return children.length === component.children.length &&
    children.every((child, at) => child === component.children[at])
    ? component
    : withChildren(component, children);
}
