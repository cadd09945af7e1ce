import type { EpochMs, TimeRange } from '@isched/values';
import { expect } from 'vitest';
import { ICalendarError, type ICalendarErrorCode } from '../../src/errors.ts';

/** Lines to a text with CRLF. */
export function lines(...text: readonly string[]): string {
  return text.map((line) => `${line}\r\n`).join('');
}

/** A calendar with one event; lines of its own after UID and DTSTAMP. */
export function eventCalendar(...event: readonly string[]): string {
  return calendarOf('BEGIN:VEVENT', 'UID:1@example.com', 'DTSTAMP:20260101T000000Z', ...event, 'END:VEVENT');
}

export function calendarOf(...content: readonly string[]): string {
  return lines('BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Example//Test//EN', ...content, 'END:VCALENDAR');
}

export function instant(iso: string): EpochMs {
  return Date.parse(iso) as EpochMs;
}

export function range(start: string, end: string): TimeRange {
  return { start: instant(start), end: instant(end) };
}

/** The code of the ICalendarError that the work throws; fails when it throws nothing or something else. */
export function codeOf(work: () => unknown): ICalendarErrorCode {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(ICalendarError);
    return (error as ICalendarError).code;
  }
  throw new Error('nothing was thrown');
}
