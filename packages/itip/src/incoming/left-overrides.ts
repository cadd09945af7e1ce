import { type Component, type Property, withProperty } from '@isched/icalendar';
import { attendeeLine, participationOf } from '../attendee.ts';
import { deriveInstance, instanceOfSeries, recurrenceIdFor } from '../derive.ts';
import { exclusionOf } from '../exclusions.ts';
import { hasInstance } from '../instances.ts';
import { overlay } from '../lines.ts';
import { withOwnAnswer } from '../own-line.ts';
import { isPersonal, personalOf, withPersonal } from '../personal.ts';
import { isSentLater, revisionOf } from '../revision.ts';
import { findOverride, makeSeries, type Member } from '../series.ts';
import { changedNames } from '../snapshot.ts';
import { momentOf } from '../zoned.ts';
import type { Outcome } from './outcome.ts';
import type { StoredScene } from './scene.ts';

/**
 * Stored instances that a new version of the whole series does not name: those that are newer stay, those in which only
 * the keeper said something of their own are made anew from the series, the others are gone.
 *
 * @param series - the series as it is now, and whether answers to it no longer count.
 * @throws ICalendarError where instances have to be worked out and can't be.
 * @see RFC 5546 §3.2.2, §3.7.1.
 */
export function leftOverrides(
  scene: StoredScene,
  series: { readonly component: Component; readonly reset: boolean },
): readonly Outcome[] {
  const message = revisionOf(series.component);
  return scene.stored.overrides.flatMap((member): readonly Outcome[] => {
    const recurrenceId = member.recurrenceId as Property;
    if (findOverride(scene.incoming, recurrenceId, scene.stored.zoned)) return [];
    if (isSentLater(revisionOf(member.component), message)) return [];
    const kept = series.reset ? undefined : keptAnew(scene, member, series.component);
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
function keptAnew(scene: StoredScene, member: Member, series: Component): Component | undefined {
  const { user, policy, incoming, stored } = scene;
  if (!saysOwn(scene, member)) return undefined;
  const line = member.recurrenceId as Property;
  const recurrenceId = recurrenceIdFor(series, incoming.zoned, { line, within: stored.zoned });
  const moment = momentOf(recurrenceId, incoming.zoned);
  if (moment && exclusionOf(series, incoming.zoned, moment)) return undefined;
  if (!hasInstance(makeSeries(incoming.zoned, { component: series, at: -1 }, []), recurrenceId)) return undefined;
  const derived = withProperty(deriveInstance(series, recurrenceId), line);
  const mine = withPersonal(derived, personalOf(member.component, policy), policy);
  return overlay(member.component, withOwnAnswer(mine, user, attendeeLine(member.component, user)));
}

/** Whether an instance differs from its series in the keeper's own words, and in nothing else. */
function saysOwn({ user, policy, stored }: StoredScene, { component, recurrenceId }: Member): boolean {
  const master = stored.master?.component;
  if (!master) return false;
  const id = recurrenceIdFor(master, stored.zoned, { line: recurrenceId as Property, within: stored.zoned });
  const before = { component: instanceOfSeries(stored, id), within: stored.zoned };
  const differs = changedNames(before, { component, within: stored.zoned });
  const [own, general] = [component, master].map((each) => attendeeLine(each, user));
  const answered = own !== undefined && general !== undefined && participationOf(own) !== participationOf(general);
  const blank: Property = { kind: 'property', name: '', parameters: [], value: '' };
  const foreign = differs.filter((name) => name !== 'ATTENDEE' && !isPersonal({ ...blank, name }, policy));
  return foreign.length === 0 && (answered || differs.some((name) => name !== 'ATTENDEE'));
}
