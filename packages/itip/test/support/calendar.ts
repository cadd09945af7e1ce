import {
  type CalAddress,
  type Component,
  formatCalendar,
  type ICalendarError,
  parseCalAddress,
  parseCalendar,
} from '@isched/icalendar';
import { type EpochMs, epochMs } from '@isched/values';
import { type ItipMessage, type Judgement, type JudgeContext, judge, merge, readItipMessage } from '../../src/index.ts';

export type { ICalendarError };

/** A calendar from text with any line ends and indentation. */
export function calendar(text: string): Component {
  const lines = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .join('\r\n');
  return parseCalendar(`${lines}\r\n`);
}

/** VCALENDAR around components, METHOD if given; lines are trimmed. */
export function vcalendar(method: string | undefined, ...bodies: readonly string[]): Component {
  const head = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//test//EN', ...(method ? [`METHOD:${method}`] : [])];
  const lines = bodies.flatMap((body) => body.split('\n').map((line) => line.trim()));
  return calendar([...head, ...lines, 'END:VCALENDAR'].join('\n'));
}

/** A VEVENT of UID `u` of organizer o@example.com with the lines given. */
export function vevent(...lines: readonly string[]): string {
  const has = (name: string): boolean => lines.some((line) => line.trim().startsWith(name));
  const usual = [has('UID') ? [] : ['UID:u'], has('ORGANIZER') ? [] : ['ORGANIZER:mailto:o@example.com']].flat();
  return ['BEGIN:VEVENT', ...usual, ...lines, 'END:VEVENT'].join('\n');
}

export function message(method: string, ...bodies: readonly string[]): ItipMessage {
  return readItipMessage(vcalendar(method, ...bodies));
}

export const now: EpochMs = epochMs(1_795_392_000_000);
export const address = (text: string): CalAddress => parseCalAddress(text);

export function context(user: string, more: Partial<JudgeContext> = {}): JudgeContext {
  return { user: address(user), now, ...more };
}

/** What a message comes to: the judgement, and the text that is stored after it. */
export interface Processed {
  readonly judgement: Judgement;
  readonly stored: Component | undefined;
  readonly text: string;
}

export function process(of: ItipMessage, stored: Component | undefined, with_: JudgeContext): Processed {
  const judgement = judge(of, stored, with_);
  const after = judgement.status === 'merge' ? merge(judgement, stored) : stored;
  return { judgement, stored: after, text: after ? unfolded(after) : '' };
}

/** The calendar's text without folds, LF line ends: for expectations. */
export function unfolded(of: Component): string {
  return formatCalendar(of)
    .replaceAll(/\r?\n[ \t]/g, '')
    .replaceAll('\r\n', '\n');
}
