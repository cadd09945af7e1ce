import { type Component, ICalendarError } from '@isched/icalendar';
import { ItipError, type ItipMessage, readItipMessage } from '@isched/itip';
import type { Octets } from '@isched/values';
import { admits } from '../capabilities/admits.ts';
import type { OwnCapabilities } from '../capabilities/capabilities.ts';
import { SchedulingFault } from '../fault.ts';
import type { Envelope } from '../message.ts';
import { checkMessageRules } from '../message-rules.ts';
import { parseAs } from '../wire/calendar-format.ts';
import type { Setting } from './options.ts';

/**
 * Reads the content as a scheduling message that keeps iTIP, the draft's tables and our limits.
 *
 * @throws SchedulingFault
 * @see iSchedule digest §3, §4.
 */
export function readMessage(
  content: Octets,
  envelope: Envelope,
  { setting, capabilities }: { readonly setting: Setting; readonly capabilities: OwnCapabilities },
): ItipMessage {
  const itip = readItip(readCalendar(content, envelope, setting));
  const { mediaType } = envelope;
  const breach =
    checkMessageRules(itip, envelope, setting) ??
    admits({ itip, mediaType, contentOctets: content.length }, capabilities, setting);
  if (breach) throw new SchedulingFault(breach.fault, breach.description);
  return itip;
}

function readCalendar(content: Octets, { mediaType }: Envelope, { calendarLimits }: Setting): Component {
  try {
    return parseAs(mediaType, content, calendarLimits);
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    const where = error.line === undefined ? '' : ` (line ${error.line})`;
    throw new SchedulingFault('invalid-calendar-data', `The content is not a calendar: ${error.code}${where}.`, {
      cause: error,
    });
  }
}

function readItip(calendar: Component): ItipMessage {
  try {
    return readItipMessage(calendar);
  } catch (error) {
    if (!(error instanceof ItipError)) throw error;
    const code = error.code === 'not-a-calendar' ? 'invalid-calendar-data' : 'invalid-scheduling-message';
    throw new SchedulingFault(code, `The content is not a scheduling message: ${error.code}.`, { cause: error });
  }
}
