import { type Component, type Property, withProperty } from '@isched/icalendar';
import { attendeeLine, participationOf } from '../attendee.ts';
import { deriveInstance, instanceOfSeries, recurrenceIdFor } from '../derive.ts';
import { hasInstance } from '../instances.ts';
import { overlay } from '../lines.ts';
import { withOwnAnswer } from '../own-line.ts';
import { isPersonal, personalOf, withPersonal } from '../personal.ts';
import { revisionOf } from '../revision.ts';
import { findOverride, makeSeries, type Member, type Series } from '../series.ts';
import { changedNames } from '../snapshot.ts';
import type { Outcome } from './update.ts';
import type { Scene } from './scene.ts';

/**
 * Stored instances that a new version of the whole series does not name: those that are newer stay, those in which only
 * the keeper said something of their own are made anew from the series, the others are gone.
 *
 * @param series - the series as it is now, and whether it moved.
 * @throws ICalendarError where instances have to be worked out and can't be.
 * @see RFC 5546 §3.2.2, §3.7.1.
 */
export function leftOverrides(
  scene: Scene,
  stored: Series,
  series: { readonly component: Component; readonly moved: boolean },
): readonly Outcome[] {
  const sequence = revisionOf(series.component).sequence;
  return stored.overrides.flatMap((member): readonly Outcome[] => {
    const recurrenceId = member.recurrenceId as Property;
    if (findOverride(scene.incoming, recurrenceId, stored.zoned)) return [];
    if (revisionOf(member.component).sequence > sequence) return [];
    const kept = series.moved ? undefined : keptAnew(scene, stored, member, series.component);
    if (kept === member.component) return [];
    return [
      {
        edits: [{ do: 'replace', at: member.at, with: kept }],
        change: { recurrenceId: recurrenceId.value, properties: kept ? [] : ['RECURRENCE-ID'] },
        moved: false,
      },
    ];
  });
}

/** The instance made of the new series with the keeper's own words; undefined where they said nothing of their own. */
function keptAnew(scene: Scene, stored: Series, member: Member, series: Component): Component | undefined {
  const { user, policy, incoming } = scene;
  const master = stored.master;
  if (!master) return undefined;
  const line = member.recurrenceId as Property;
  const before = instanceOfSeries(stored, recurrenceIdFor(master.component, stored.zoned, line, stored.zoned));
  const differs = changedNames(
    { component: before, within: stored.zoned },
    { component: member.component, within: stored.zoned },
  );
  const own = attendeeLine(member.component, user);
  const general = attendeeLine(master.component, user);
  const answered = own !== undefined && general !== undefined && participationOf(own) !== participationOf(general);
  const foreign = differs.filter((name) => name !== 'ATTENDEE' && !isPersonal({ ...line, name }, policy));
  if (foreign.length > 0 || (!answered && differs.every((name) => name === 'ATTENDEE'))) return undefined;
  const recurrenceId = recurrenceIdFor(series, incoming.zoned, line, stored.zoned);
  if (!hasInstance(makeSeries(incoming.zoned, { component: series, at: -1 }, []), recurrenceId)) return undefined;
  const derived = withProperty(deriveInstance(series, recurrenceId), line);
  const mine = withPersonal(derived, personalOf(member.component, policy), policy);
  return overlay(member.component, withOwnAnswer(mine, user, own, { reset: false }));
}
