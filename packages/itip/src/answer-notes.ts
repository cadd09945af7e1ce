import { type Component, type Property, parameter, withParameter } from '@isched/icalendar';
import { resetParameter, sinceParameter } from './personal.ts';
import { revisionOf, sequenceNumber, stampDigits } from './revision.ts';

/** An answer, and the attendee's line of the stored component that it is about. */
export interface AnswerToLine {
  readonly line: Property;
  readonly component: Component;
  readonly reply: Component;
}

/**
 * Whether an answer comes too late: it is about a version whose answers no longer count, or the attendee has answered
 * since, by SEQUENCE, then DTSTAMP.
 *
 * @throws nothing.
 * @see RFC 5546 §2.1.5.
 */
export function isOutdatedAnswer({ line, component, reply }: AnswerToLine): boolean {
  const { sequence, stamp } = revisionOf(reply);
  const current = revisionOf(component).sequence;
  const since = parameter(line, sinceParameter) ?? parameter(line, resetParameter);
  if (sequence < (since === undefined ? current : sequenceNumber(since))) return true;
  const lastStamp = stampDigits(parameter(line, 'X-DTSTAMP'));
  if (lastStamp === undefined || stamp === undefined) return false;
  const said = Math.min(sequence, current);
  const last = Math.min(sequenceNumber(parameter(line, 'X-SEQUENCE')), current);
  return said === last ? stamp < lastStamp : said < last;
}

/** Whether the line was written by an answer of the same SEQUENCE and DTSTAMP. @throws nothing. */
export function isNotedAnswer({ line, component, reply }: AnswerToLine): boolean {
  const { sequence, stamp } = revisionOf(reply);
  if (stamp === undefined || stampDigits(parameter(line, 'X-DTSTAMP')) !== stamp) return false;
  const counted = Math.min(sequence, revisionOf(component).sequence);
  return sequenceNumber(parameter(line, 'X-SEQUENCE')) === counted;
}

/**
 * The line with SEQUENCE and DTSTAMP of the answer, by which late answers are told from new ones; on the scale of the stored
 * component: an attendee may answer by that of the series.
 *
 * @throws nothing.
 * @see peers-on-the-wire Q45.
 */
export function withAnswerNotes({ line, component, reply }: AnswerToLine): Property {
  const { sequence, stamp } = revisionOf(reply);
  if (stamp === undefined) return line;
  const counted = Math.min(sequence, revisionOf(component).sequence);
  return withParameter(withParameter(line, 'X-SEQUENCE', String(counted)), 'X-DTSTAMP', `${stamp}Z`);
}
