import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

export const corpus = process.env['ISCHED_CORPUS'] ?? new URL('../../../../../shared/corpus', import.meta.url).pathname;
/** Empty, or what to say of tests that need the corpus. */
export const thereIsNone = existsSync(corpus) ? '' : ' (skipped: no corpus, see ISCHED_CORPUS)';

/** A folder for each test of a file, and how to put a text there. */
export function scratchFolder(): {
  readonly path: (name: string) => string;
  readonly write: (name: string, text: string) => string;
} {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'isched-itip-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const path = (name: string): string => join(folder, name);
  return {
    path,
    write(name, text) {
      writeFileSync(path(name), text);
      return path(name);
    },
  };
}

/** A calendar of lines. */
export const vcalendar = (...body: readonly string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//EN', ...body, 'END:VCALENDAR', ''].join('\r\n');

/** A meeting of o@example.com with a@example.com. */
export const meeting = (...body: readonly string[]): readonly string[] => [
  'BEGIN:VEVENT',
  'UID:u1',
  'DTSTAMP:20261101T090000Z',
  'ORGANIZER:mailto:o@example.com',
  'ATTENDEE;PARTSTAT=ACCEPTED:mailto:o@example.com',
  'ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:a@example.com',
  ...body,
  'END:VEVENT',
];
/** One a day for five days. */
export const series = meeting(
  'SEQUENCE:0',
  'DTSTART:20261201T090000Z',
  'DTEND:20261201T100000Z',
  'RRULE:FREQ=DAILY;COUNT=5',
  'SUMMARY:Stand-up',
);

/** The lines of a text, unfolded. */
export const linesOf = (text: string | null): readonly string[] =>
  (text ?? '').replaceAll(/\r?\n[ \t]/g, '').split(/\r?\n/);
