import { properties, unescapeText } from '@isched/icalendar';
import { attendeeLine } from '../attendee.ts';
import { ignored, type Judgement, refused } from '../judgement.ts';
import { compareRevisions, revisionOf } from '../revision.ts';
import { findOverride, membersOf, type Member, type Series } from '../series.ts';
import { addressKey } from '../attendee.ts';
import { isOwnEntry, refuseForeignOrganizer, type Scene } from './scene.ts';

/**
 * COUNTER: an attendee proposes another time or place. Only a person can decide, so that nothing changes.
 *
 * @throws nothing.
 * @see RFC 5546 §3.2.7, §3.4.7.
 */
export function judgeCounter(scene: Scene): Judgement {
  const { stored, message, context, policy } = scene;
  if (!stored) return refused('entry-unknown');
  if (!isOwnEntry(scene)) return refused('not-the-organizer');
  const proposers = context.sender ? [addressKey(context.sender)] : message.attendees.map(addressKey);
  const invited = membersOf(stored).some(({ component }) => attendeeLine(component, new Set(proposers)));
  if (!invited) return policy.uninvited === 'ignore' ? ignored('uninvited-ignored') : refused('uninvited-refused');
  const older = membersOf(scene.incoming).some((member) => isAboutOlder(scene, stored, member));
  const comment = commentOf(scene);
  return ignored(older ? 'proposal-outdated' : 'proposal-for-organizer', comment === undefined ? {} : { comment });
}

/**
 * DECLINECOUNTER: the organizer says no to a proposal; the entry stays as it is.
 *
 * @throws nothing.
 * @see RFC 5546 §3.2.8, §3.4.8.
 */
export function judgeDeclineCounter(scene: Scene): Judgement {
  const { stored } = scene;
  if (!stored) return refused('entry-unknown');
  const foreign = refuseForeignOrganizer(scene);
  if (foreign) return foreign;
  if (isOwnEntry(scene)) return ignored('own-entry');
  const comment = commentOf(scene);
  return ignored('proposal-declined', comment === undefined ? {} : { comment });
}

function isAboutOlder({ incoming }: Scene, stored: Series, { component, recurrenceId }: Member): boolean {
  const known = (recurrenceId && findOverride(stored, recurrenceId, incoming.zoned)) ?? stored.master;
  if (!known) return false;
  return (
    compareRevisions(
      { sequence: revisionOf(component).sequence },
      { sequence: revisionOf(known.component).sequence },
    ) === 'older'
  );
}

function commentOf({ message }: Scene): string | undefined {
  const texts = message.components.flatMap((component) => properties(component, 'COMMENT'));
  const comment = [...new Set(texts.map(({ value }) => unescapeText(value)))].filter((text) => text !== '').join('\n');
  return comment === '' ? undefined : comment;
}
