import { type Property, parameter, withParameter } from '@isched/icalendar';

/** Who sends the messages. @see RFC 6638 §7.1: what is not known counts as NONE. */
export type ScheduleAgent = 'SERVER' | 'CLIENT' | 'NONE';

/** SCHEDULE-AGENT of an ORGANIZER or ATTENDEE line. @throws nothing. */
export function agentOf(line: Property): ScheduleAgent {
  const agent = parameter(line, 'SCHEDULE-AGENT')?.trim().toUpperCase() ?? 'SERVER';
  return agent === 'SERVER' || agent === 'CLIENT' ? agent : 'NONE';
}

/** What SCHEDULE-FORCE-SEND asks for: the method, or `unknown` for what nobody knows. @throws nothing. */
export function forcedMethod(line: Property): 'REQUEST' | 'REPLY' | 'unknown' | undefined {
  const method = parameter(line, 'SCHEDULE-FORCE-SEND')?.trim().toUpperCase();
  if (method === undefined) return undefined;
  return method === 'REQUEST' || method === 'REPLY' ? method : 'unknown';
}

/**
 * The line as it is kept after SCHEDULE-FORCE-SEND was heard: without it, and with 2.3 where it wasn't understood.
 *
 * @throws nothing.
 * @see RFC 6638 §7.2.
 */
export function withoutForce(line: Property): Property {
  const forced = forcedMethod(line);
  if (forced === undefined) return line;
  const plain = withParameter(line, 'SCHEDULE-FORCE-SEND', undefined);
  return forced === 'unknown' ? withParameter(plain, 'SCHEDULE-STATUS', '2.3') : plain;
}
