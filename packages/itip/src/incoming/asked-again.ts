import { type Component, parameter } from '@isched/icalendar';
import { type Addresses, attendeeLine, participationOf } from '../attendee.ts';
import type { ItipMessage } from '../message.ts';
import { composeMessage } from '../outgoing/compose.ts';
import { replyComponent } from '../outgoing/reply.ts';
import { compareRevisions, revisionOf } from '../revision.ts';
import { findOverride, membersOf } from '../series.ts';
import type { Outcome } from './outcome.ts';
import type { StoredScene } from './scene.ts';

/**
 * The answer that stands, for an organizer who asks for it: the same SEQUENCE with a later stamp, in which this person's
 * line has RSVP=TRUE and another answer than theirs.
 *
 * @param outcomes - what becomes of the components: where that takes the answer back there is none to repeat.
 * @throws nothing.
 * @see RFC 5546 §3.2.2.7.
 */
export function answersAskedAgain(scene: StoredScene, outcomes: readonly Outcome[]): readonly ItipMessage[] {
  const { incoming, stored, user, context } = scene;
  const edits = outcomes.flatMap((outcome) => outcome.edits);
  const answers = membersOf(incoming).flatMap(({ component, recurrenceId }): readonly Component[] => {
    const known = recurrenceId ? findOverride(stored, recurrenceId, incoming.zoned) : stored.master;
    if (!known || !isSentAgain(component, known.component)) return [];
    const edit = edits.find((each) => each.do === 'replace' && each.at === known.at);
    const kept = edit?.do === 'replace' ? edit.with : known.component;
    return kept && isAskedAgain(component, kept, user) ? [replyComponent(kept, user, context)] : [];
  });
  if (answers.length === 0) return [];
  return [composeMessage('REPLY', answers, { productId: context.productId, from: incoming.zoned.calendar })];
}

function isSentAgain(component: Component, known: Component): boolean {
  const [before, now] = [revisionOf(known), revisionOf(component)];
  return before.sequence === now.sequence && compareRevisions(now, before) === 'newer';
}

function isAskedAgain(component: Component, kept: Component, user: Addresses): boolean {
  const [asked, answered] = [attendeeLine(component, user), attendeeLine(kept, user)];
  if (!asked || !answered || parameter(asked, 'RSVP')?.toUpperCase() !== 'TRUE') return false;
  const answer = participationOf(answered);
  return answer !== 'NEEDS-ACTION' && answer !== participationOf(asked);
}
