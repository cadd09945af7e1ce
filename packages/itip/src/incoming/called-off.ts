import {
  type Component,
  makeProperty,
  type Property,
  property,
  propertyValue,
  withoutProperties,
  withProperty,
} from '@isched/icalendar';
import { type Edit, ignored, type Judgement, plan } from '../judgement.ts';
import type { AppliedReason } from '../reasons.ts';
import { compareRevisions, isSentLater, revisionOf } from '../revision.ts';
import { membersOf } from '../series.ts';
import type { StoredScene } from './scene.ts';

/** Whether a cancellation is older than what it calls off. @throws nothing. */
export function isOlder(message: Component, known: Component): boolean {
  return compareRevisions(revisionOf(message), revisionOf(known)) === 'older';
}

/** Calls off everything that is stored, but for instances of which a newer message spoke. @throws nothing. */
export function cancelAll({ policy, stored }: StoredScene, cancellation: Component, reason: AppliedReason): Judgement {
  const changes = [{ properties: ['STATUS'] }];
  if (policy.cancelledEntry === 'delete') return plan(reason, { store: { calendar: undefined }, changes });
  const edits = membersOf(stored).flatMap((member): readonly Edit[] => {
    if (member.recurrenceId && isSentLater(revisionOf(member.component), revisionOf(cancellation))) return [];
    // SEQUENCE counts each instance by itself: the series' may not speak for it.
    const own = member.recurrenceId ? withoutProperties(cancellation, 'SEQUENCE') : cancellation;
    const changed = asCancelled(member.component, own);
    return changed === member.component ? [] : [{ do: 'replace', at: member.at, with: changed }];
  });
  return edits.length === 0 ? ignored('duplicate') : plan(reason, { edits, changes });
}

/** A component with STATUS:CANCELLED and the cancellation's SEQUENCE and DTSTAMP. @throws nothing. */
export function asCancelled(component: Component, cancellation: Component): Component {
  return withRevision(withValueOf(component, makeProperty('STATUS', 'CANCELLED')), cancellation);
}

/** The component with another's DTSTAMP, and its SEQUENCE where that is higher: instances may be ahead of their series. @throws nothing. */
export function withRevision(component: Component, from: Component): Component {
  const raised = revisionOf(from).sequence > revisionOf(component).sequence;
  return ['SEQUENCE', 'DTSTAMP'].reduce((changed, name) => {
    const line = property(from, name);
    return line && (name !== 'SEQUENCE' || raised) ? withValueOf(changed, line) : changed;
  }, component);
}

/** Like `withProperty`, but a line that says the same already stays as it is. */
function withValueOf(component: Component, line: Property): Component {
  return propertyValue(component, line.name)?.trim() === line.value.trim() ? component : withProperty(component, line);
}
