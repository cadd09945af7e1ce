import { type Component, makeProperty, type Property, parameter, property, withProperty } from '@isched/icalendar';
import { attendeeLine, participationOf } from '../attendee.ts';
import { overlay } from '../lines.ts';
import { isHandedBack, isReset, withOwnAnswer } from '../own-line.ts';
import { isCancelled } from '../outgoing/request-for.ts';
import { ownInstance, personalOf, resetParameter, withoutForeign, withPersonal } from '../personal.ts';
import { revisionOf } from '../revision.ts';
import { moved, type Placed } from '../schedule.ts';
import type { Member } from '../series.ts';
import { changeOf } from '../snapshot.ts';
import type { Outcome, Result } from './outcome.ts';
import type { StoredScene } from './scene.ts';

/** What a component of the message becomes in this person's calendar. */
export interface Composed {
  readonly component: Component;
  readonly moved: boolean;
  /** It was called off and is on again: nothing said before counts. */
  readonly renewed: boolean;
  /** What the person had said of it no longer counts. */
  readonly reset: boolean;
  /** The message says something else of the person's answer than the person did. */
  readonly differs: boolean;
}

/** What is the person's own already. */
export interface Own {
  /** The version they know, whose answer stays unless the meeting moved. */
  readonly known?: Placed | undefined;
  /** Whose alarms and other own data the component gets. */
  readonly personal?: Component | undefined;
}

/**
 * A component of a message as its keeper keeps it: the organizer's words, and the keeper's own answer and data.
 *
 * @throws nothing.
 * @see RFC 5546 §3.2.2; RFC 6638 §3.2.8.
 */
export function compose({ policy, user, incoming }: StoredScene, component: Component, own: Own): Composed {
  const said = attendeeLine(component, user);
  const renewed = isNewInvitation(own.known?.component, component, said);
  const known = renewed ? undefined : own.known;
  const answer = known && attendeeLine(known.component, user);
  const elsewhere = known !== undefined && moved(known, { component, within: incoming.zoned });
  const revoked =
    known !== undefined &&
    said !== undefined &&
    (isReset(said, revisionOf(known.component).sequence) || (answer ? isHandedBack(component, said, answer) : false));
  const reset = answer !== undefined && (elsewhere || revoked);
  const kept = reset || !answer ? undefined : participationOf(answer);
  const answered = withOwnAnswer(withoutForeign(component, policy), user, reset ? 'reset' : answer);
  const mine = own.personal ? withPersonal(answered, personalOf(own.personal, policy), policy) : answered;
  const waiting = reset && policy.transparentUntilAnswered && component.name === 'VEVENT';
  return {
    component: waiting ? withProperty(mine, makeProperty('TRANSP', 'TRANSPARENT')) : mine,
    moved: elsewhere,
    renewed,
    reset: elsewhere || revoked || renewed,
    differs: said !== undefined && kept !== undefined && kept !== 'NEEDS-ACTION' && kept !== participationOf(said),
  };
}

/** What was called off and is on again is a new invitation, unless the organizer says which answers count. */
function isNewInvitation(known: Component | undefined, component: Component, said: Property | undefined): boolean {
  if (!known || !isCancelled(known) || isCancelled(component)) return false;
  return said === undefined || parameter(said, resetParameter) === undefined;
}

/**
 * The edit that brings in what had no component yet.
 *
 * @param former - what its series said of it; absent: it was not there.
 * @throws nothing.
 */
export function additionOf({ incoming }: StoredScene, composed: Composed, former: Placed | undefined): Outcome {
  const after: Placed = { component: composed.component, within: incoming.zoned };
  const { properties, ...which } = changeOf(former, after);
  return {
    edits: [{ do: 'add', component: composed.component }],
    change: { ...which, properties: properties.filter((name) => former === undefined || name !== 'RECURRENCE-ID') },
    moved: composed.moved,
    ...(composed.differs ? { inherited: composed.component } : {}),
  };
}

/** The edit that changes a component; `duplicate` where it says nothing new. @throws nothing. */
export function outcomeOf({ stored, incoming }: StoredScene, composed: Composed, known: Member): Result {
  const merged = overlay(known.component, composed.component);
  if (merged === known.component) return 'duplicate';
  const untold = composed.differs && property(known.component, ownInstance) !== undefined;
  return {
    edits: [{ do: 'replace', at: known.at, with: merged }],
    change: changeOf(
      { component: known.component, within: stored.zoned },
      { component: merged, within: incoming.zoned },
    ),
    moved: composed.moved,
    ...(untold ? { inherited: merged } : {}),
  };
}
