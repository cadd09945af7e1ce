import {
  type Component,
  makeProperty,
  mapChildren,
  properties,
  propertyValue,
  withoutProperties,
  withProperty,
} from '@isched/icalendar';
import { addressKey, attendeeLine } from '../attendee.ts';
import { type Edit, ignored, type Judgement, plan } from '../judgement.ts';
import { withoutForeign } from '../personal.ts';
import { type Member, membersOf, type Series } from '../series.ts';
import { cancelAll, isOlder } from './called-off.ts';
import { cancelInstances } from './cancel-instances.ts';
import { isOwnEntry, refuseForeignOrganizer, type Scene, type StoredScene } from './scene.ts';

/**
 * CANCEL: the organizer calls the meeting off, single instances of it, or takes people off it.
 *
 * @throws ICalendarError where instances have to be worked out and can't be.
 * @see RFC 5546 §3.2.5, §3.4.5, §3.5.3, §5.2.1.
 */
export function judgeCancel(scene: Scene): Judgement {
  const { stored, incoming } = scene;
  const foreign = refuseForeignOrganizer(scene);
  if (foreign) return foreign;
  if (isOwnEntry(scene)) return ignored('own-entry');
  if (!stored) return cancelUnknown(scene);
  if (incoming.master) return cancelWhole({ ...scene, stored }, incoming.master.component);
  return cancelInstances({ ...scene, stored });
}

function cancelUnknown(scene: Scene): Judgement {
  const { message, policy } = scene;
  if (policy.unknownCancellation === 'forget') return ignored('nothing-to-cancel');
  const calendar = mapChildren(withoutProperties(message.calendar, 'METHOD'), (child) =>
    child.kind === 'component' && child.name === message.componentType
      ? withProperty(withoutForeign(child, policy), makeProperty('STATUS', 'CANCELLED'))
      : child,
  );
  return plan('cancellation-remembered', { store: { calendar }, significant: false });
}

/** Whom a CANCEL of the whole is about: everybody, or only those it names. */
function isAbout(component: Component, scene: Scene): boolean {
  const named = properties(component, 'ATTENDEE');
  if (named.length === 0 || propertyValue(component, 'STATUS')?.trim().toUpperCase() === 'CANCELLED') return true;
  return attendeeLine(component, scene.user) !== undefined;
}

function cancelWhole(scene: StoredScene, component: Component): Judgement {
  const { stored } = scene;
  const known = (stored.master ?? (stored.overrides[0] as Member)).component;
  if (isOlder(component, known)) return ignored('outdated');
  if (!isAbout(component, scene)) return removeOthers(stored, component);
  const named = properties(component, 'ATTENDEE').length > 0;
  const wholly = propertyValue(component, 'STATUS')?.trim().toUpperCase() === 'CANCELLED';
  return cancelAll(scene, component, named && !wholly ? 'removed-from-meeting' : 'cancelled');
}

function removeOthers(stored: Series, component: Component): Judgement {
  const gone = new Set(properties(component, 'ATTENDEE').map((line) => addressKey(line.value)));
  const edits = membersOf(stored).flatMap((member): readonly Edit[] => {
    const changed = mapChildren(member.component, (child) =>
      child.kind === 'property' && child.name === 'ATTENDEE' && gone.has(addressKey(child.value)) ? undefined : child,
    );
    return changed === member.component ? [] : [{ do: 'replace', at: member.at, with: changed }];
  });
  if (edits.length === 0) return ignored('duplicate');
  return plan('others-removed', { edits, changes: [{ properties: ['ATTENDEE'] }], significant: false });
}
