import { properties, withChildren, withoutProperties } from '@isched/icalendar';
import { ignored, type Judgement, plan, refused } from '../judgement.ts';
import { membersOf, organizerLine } from '../series.ts';
import { changeOf } from '../snapshot.ts';
import { settle } from './request.ts';
import { isOwnEntry, refuseForeignOrganizer, type Scene } from './scene.ts';
import { judgeUpdate } from './update.ts';

/**
 * PUBLISH: an entry that nobody is asked about.
 *
 * @throws ICalendarError where instances have to be worked out and can't be.
 * @see RFC 5546 §3.2.1, §3.4.1, §3.5.1.
 */
export function judgePublication(scene: Scene): Judgement {
  const { stored, policy, incoming } = scene;
  if (policy.publications === 'ignore') return ignored('publication-not-wanted');
  if (policy.publications === 'with-organizer' && !organizerLine(incoming)) return refused('organizer-missing');
  const foreign = refuseForeignOrganizer(scene);
  if (foreign) return foreign;
  if (isOwnEntry(scene)) return ignored('own-entry');
  if (!stored) return policy.updatesOnly ? ignored('updates-only') : judgeNew(scene);
  const scheduled = membersOf(stored).some(({ component }) => properties(component, 'ATTENDEE').length > 0);
  // Somebody who was asked to come is not un-asked by a notice to everybody.
  return scheduled ? ignored('publication-not-wanted') : judgeUpdate({ ...scene, stored });
}

function judgeNew(scene: Scene): Judgement {
  const { message, incoming } = scene;
  const calendar = withoutProperties(message.calendar, 'METHOD');
  const children = calendar.children.map((child) =>
    child.kind === 'component' && child.name === message.componentType ? settle(child, scene) : child,
  );
  const changes = membersOf(incoming).map(({ component }) =>
    changeOf(undefined, { component, within: incoming.zoned }),
  );
  return plan('new-publication', { store: { calendar: withChildren(calendar, children) }, changes });
}
