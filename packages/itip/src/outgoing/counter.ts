import {
  type CalAddress,
  type Component,
  formatUtc,
  makeComponent,
  makeProperty,
  type Property,
  property,
  textProperty,
  withAddedProperties,
} from '@isched/icalendar';
import type { EpochMs } from '@isched/values';
import { ItipError } from '../error.ts';
import type { ItipMessage } from '../message.ts';
import { isSchedulingComponent } from '../methods.ts';
import { type ItipPolicy, resolvePolicy } from '../policy.ts';
import { revisionOf } from '../revision.ts';
import { findOverride, membersOf, organizerLine, type Series, seriesOf } from '../series.ts';
import { zoned } from '../zoned.ts';
import { composeMessage } from './compose.ts';
import { forSending } from './request-for.ts';

/** A proposal of an attendee's. */
export interface Proposal {
  readonly now: EpochMs;
  /** Which instance; absent: the series or the only component. */
  readonly recurrenceId?: Property | undefined;
  readonly comment?: string | undefined;
  readonly policy?: Partial<ItipPolicy> | undefined;
  readonly productId?: string | undefined;
}

/**
 * Proposes another time, place or whatever else to the organizer. Nothing changes until the organizer says so.
 *
 * @param proposed - the attendee's copy as it should be; what is proposed for an instance stands in a component of its own.
 * @throws ItipError `component-missing` when there is no such component.
 * @see RFC 5546 §3.2.7, §3.4.7.
 */
export function counter(proposed: Component, proposal: Proposal): ItipMessage {
  const series = onlySeries(proposed);
  const { recurrenceId } = proposal;
  const found = recurrenceId ? findOverride(series, recurrenceId, series.zoned) : membersOf(series)[0];
  if (!found) throw new ItipError('component-missing', 'there is no such instance');
  const sent = forSending(found.component, proposal.now, resolvePolicy(proposal.policy));
  const comments = proposal.comment ? [textProperty('COMMENT', proposal.comment)] : [];
  return composeMessage('COUNTER', [withAddedProperties(sent, comments)], {
    from: proposed,
    productId: proposal.productId,
  });
}

/** The organizer's no to a proposal. */
export interface Declined {
  /** Who made the proposal. */
  readonly attendee: CalAddress;
  readonly now: EpochMs;
  readonly comment?: string | undefined;
  readonly productId?: string | undefined;
}

/**
 * Says no to a proposal.
 *
 * @param proposal - the COUNTER.
 * @param stored - the organizer's copy, which stays as it is.
 * @throws ItipError `component-missing` when the copy is not of the proposal's entry.
 * @see RFC 5546 §3.2.8, §3.4.8.
 */
export function declineCounter(proposal: ItipMessage, stored: Component, declined: Declined): ItipMessage {
  const series = seriesOf(zoned(stored), proposal.componentType, proposal.uid);
  const organizer = organizerLine(series);
  const first = membersOf(series)[0];
  if (!organizer || !first) throw new ItipError('component-missing', 'the proposal is about another entry');
  const components = proposal.components.map((component) => {
    const recurrenceId = property(component, 'RECURRENCE-ID');
    const known = (recurrenceId && findOverride(series, recurrenceId, zoned(proposal.calendar))) ?? first;
    return makeComponent(proposal.componentType, [
      makeProperty('UID', proposal.uid),
      makeProperty('DTSTAMP', formatUtc(declined.now)),
      makeProperty('SEQUENCE', String(revisionOf(known.component).sequence)),
      ...(recurrenceId ? [recurrenceId] : []),
      organizer,
      makeProperty('ATTENDEE', declined.attendee),
      ...(declined.comment ? [textProperty('COMMENT', declined.comment)] : []),
    ]);
  });
  return composeMessage('DECLINECOUNTER', components, { from: proposal.calendar, productId: declined.productId });
}

function onlySeries(calendar: Component): Series {
  const first = calendar.children.find((child) => child.kind === 'component' && isSchedulingComponent(child.name));
  if (!first) throw new ItipError('component-missing', 'nothing to propose');
  return seriesOf(zoned(calendar), first.name);
}
