import { type Component, type Property, parameter, properties, withAddedProperties } from '@isched/icalendar';
import { attendeeLine } from '../attendee.ts';
import { recurrenceIdFor } from '../derive.ts';
import { type Excluded, excludedMoments } from '../excluded.ts';
import { exclusionOf, ownExclusion } from '../exclusions.ts';
import { hasInstance } from '../instances.ts';
import { isReset } from '../own-line.ts';
import { formatRevision, parseRevision, type Revision, revisionOf } from '../revision.ts';
import { type Placed, timesKey } from '../schedule.ts';
import { findOverride, makeSeries } from '../series.ts';
import { momentKey, momentOf, type ZonedCalendar } from '../zoned.ts';
import type { StoredScene } from './scene.ts';

/**
 * The new version of a series, still without the instances that the keeper threw out: that is a no, which stands, like
 * any answer, until the instance really moves.
 *
 * @param changed - the new version, and whether answers to the series no longer count.
 * @throws ICalendarError where instances have to be worked out and can't be.
 */
export function withHidden(
  scene: StoredScene,
  changed: { readonly component: Component; readonly reset: boolean },
): Component {
  const { stored, incoming } = scene;
  const series = changed.component;
  const master = stored.master?.component;
  if (!master || !hidesSome(master)) return series;
  const within = makeSeries(incoming.zoned, { component: series, at: -1 }, []);
  const kept = excludedMoments(master, stored.zoned).flatMap((excluded): readonly Property[] => {
    const { line, source } = excluded;
    if (!isHidden(excluded) || !isStillHidden(scene, excluded)) return [];
    if (changed.reset && !findOverride(incoming, line, stored.zoned)) return [];
    const there = recurrenceIdFor(series, incoming.zoned, { line, within: stored.zoned });
    const moment = momentOf(there, incoming.zoned);
    // What the organizer takes out is out without the keeper's no, and may come back without it.
    if (moment && exclusionOf(series, incoming.zoned, moment)) return [];
    return hasInstance(within, there) ? [asExclusion(line, readRefused(source))] : [];
  });
  return withAddedProperties(series, kept);
}

/** Says whether a series leaves an instance out because its keeper threw it out. @throws nothing. */
export function isHidden(excluded: Excluded): boolean {
  return isOwn(excluded.source);
}

/** Says whether the keeper threw any instance out of a series. @throws nothing. */
export function hidesSome(series: Component): boolean {
  return properties(series, 'EXDATE').some(isOwn);
}

function isOwn(line: Property): boolean {
  return parameter(line, ownExclusion) !== undefined;
}

/** What the keeper threw out: which version, and when it would have been. */
export interface Refused {
  readonly revision: Revision;
  /** Of `timesKey`. */
  readonly times: string;
}

/** The version of an instance, for the note on its EXDATE. @throws nothing. */
export function refusedVersion(of: Placed): Refused {
  return { revision: revisionOf(of.component), times: timesKey(of) };
}

/** What an EXDATE says of the version that was thrown out. @throws nothing. */
export function readRefused(source: Property): Refused {
  const [revision = '', times = ''] = (parameter(source, ownExclusion) ?? '').split(' ', 2);
  return { revision: parseRevision(revision), times };
}

/** An EXDATE by which the keeper throws an instance out. @throws nothing. */
export function asExclusion(recurrenceId: Property, { revision, times }: Refused): Property {
  const parameters = recurrenceId.parameters.filter(({ name }) => name === 'TZID' || name === 'VALUE');
  const own = { name: ownExclusion, values: [`${formatRevision(revision)} ${times}`] };
  return { kind: 'property', name: 'EXDATE', parameters: [...parameters, own], value: recurrenceId.value };
}

/**
 * Whether the message leaves the keeper's no to an instance as it is: it does unless the instance moved, or the
 * organizer says that answers to that version no longer count.
 *
 * @throws nothing.
 */
export function isStillHidden({ incoming, stored, user }: StoredScene, { line, source }: Excluded): boolean {
  const told = findOverride(incoming, line, stored.zoned);
  const own = told && attendeeLine(told.component, user);
  if (!own) return told === undefined;
  const { revision, times } = readRefused(source);
  if (isReset(own, revision.sequence)) return false;
  return timesKey({ component: told.component, within: incoming.zoned }) === times;
}

/** The EXDATE by which the keeper threw an instance out of a series. @throws nothing. */
export function hiddenInstance(series: Component, within: ZonedCalendar, recurrenceId: Property): Excluded | undefined {
  const moment = momentOf(recurrenceId, within);
  const wanted = moment && momentKey(moment);
  return excludedMoments(series, within).find((excluded) => excluded.key === wanted && isHidden(excluded));
}
