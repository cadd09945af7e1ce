import { type Component, type Property, parameter, properties, withAddedProperties } from '@isched/icalendar';
import { attendeeLine } from '../attendee.ts';
import { recurrenceIdFor } from '../derive.ts';
import { type Excluded, excludedMoments } from '../excluded.ts';
import { ownExclusion } from '../exclusions.ts';
import { hasInstance } from '../instances.ts';
import { isReset, resetParameter } from '../own-line.ts';
import { formatRevision, parseRevision, type Revision, revisionOf } from '../revision.ts';
import { findOverride, makeSeries } from '../series.ts';
import type { StoredScene } from './scene.ts';

/**
 * The new version of a series, still without the instances that the keeper threw out: that is a no, which stands, like
 * any answer, until the instance really moves.
 *
 * @param changed - the new version, and whether the series moved.
 * @throws ICalendarError where instances have to be worked out and can't be.
 */
export function withHidden(
  scene: StoredScene,
  changed: { readonly component: Component; readonly moved: boolean },
): Component {
  const { stored, incoming } = scene;
  const series = changed.component;
  const master = stored.master?.component;
  if (!master || !properties(master, 'EXDATE').some(isOwn)) return series;
  const within = makeSeries(incoming.zoned, { component: series, at: -1 }, []);
  const kept = excludedMoments(master, stored.zoned).flatMap((excluded): readonly Property[] => {
    const { line, source } = excluded;
    if (!isHidden(excluded) || !isStillHidden(scene, excluded)) return [];
    if (changed.moved && !findOverride(incoming, line, stored.zoned)) return [];
    const there = recurrenceIdFor(series, incoming.zoned, { line, within: stored.zoned });
    return hasInstance(within, there) ? [asExclusion(line, parseRevision(parameter(source, ownExclusion)))] : [];
  });
  return withAddedProperties(series, kept);
}

/** Says whether a series leaves an instance out because its keeper threw it out. @throws nothing. */
export function isHidden(excluded: Excluded): boolean {
  return isOwn(excluded.source);
}

function isOwn(line: Property): boolean {
  return parameter(line, ownExclusion) !== undefined;
}

/** An EXDATE by which the keeper throws an instance out. @param known - the version they threw out. @throws nothing. */
export function asExclusion(recurrenceId: Property, known: Revision): Property {
  const parameters = recurrenceId.parameters.filter(({ name }) => name === 'TZID' || name === 'VALUE');
  const own = { name: ownExclusion, values: [formatRevision(known)] };
  return { kind: 'property', name: 'EXDATE', parameters: [...parameters, own], value: recurrenceId.value };
}

/**
 * Whether the message leaves the keeper's no to an instance as it is: it does unless the organizer says that answers to
 * that version no longer count, or has a new version and says nothing of answers.
 *
 * @throws nothing.
 */
export function isStillHidden({ incoming, stored, user }: StoredScene, { line, source }: Excluded): boolean {
  const told = findOverride(incoming, line, stored.zoned);
  const own = told && attendeeLine(told.component, user);
  if (!own) return told === undefined;
  const { sequence } = parseRevision(parameter(source, ownExclusion));
  return parameter(own, resetParameter) === undefined
    ? revisionOf(told.component).sequence <= sequence
    : !isReset(own, sequence);
}
