import type { Component, Property } from '@isched/icalendar';
import { attendeeLine, participationOf } from '../attendee.ts';
import { recurrenceIdFor } from '../derive.ts';
import { isCancelled } from '../outgoing/request-for.ts';
import { withAnswer } from '../outgoing/with-answer.ts';
import { compareRevisions, revisionOf } from '../revision.ts';
import { findOverride, type Member } from '../series.ts';
import { hiddenInstance, hidesSome, isStillHidden } from './hidden.ts';
import type { StoredScene } from './scene.ts';

/**
 * Instances of a message that its keeper threw out and still doesn't want, of which the organizer doesn't know: who had
 * declined the series need not have said so of the instance.
 *
 * @param series - the series as the same message has made it; absent: the message is about instances only.
 * @returns the instances as the message has them, with the keeper's no.
 * @throws nothing.
 */
export function hiddenAnswers(scene: StoredScene, series: Component | undefined): readonly Component[] {
  const { incoming, stored, user } = scene;
  const kept = series ?? stored.master?.component;
  if (!kept || !hidesSome(kept)) return [];
  return incoming.overrides.flatMap((member): readonly Component[] => {
    const said = attendeeLine(member.component, user);
    if (!said || participationOf(said) === 'DECLINED' || isCancelled(member.component)) return [];
    return staysHidden(scene, member, series) ? [withAnswer(member.component, user, 'DECLINED')] : [];
  });
}

function staysHidden(scene: StoredScene, member: Member, series: Component | undefined): boolean {
  const { incoming, stored } = scene;
  const line = member.recurrenceId as Property;
  const master = stored.master?.component;
  if (!master || isCancelled(master) || findOverride(stored, line, incoming.zoned)) return false;
  if (series) return hiddenInstance(series, incoming.zoned, line) !== undefined;
  if (compareRevisions(revisionOf(member.component), revisionOf(master)) === 'older') return false;
  const own = recurrenceIdFor(master, stored.zoned, { line, within: incoming.zoned });
  const out = hiddenInstance(master, stored.zoned, own);
  return out !== undefined && isStillHidden(scene, out);
}
