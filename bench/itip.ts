import { formatCalendar, parseCalAddress, parseCalendar, timeZoneComponent } from '@isched/icalendar';
import { judge, merge, readItipMessage } from '@isched/itip';
import { epochMs } from '@isched/values';
import { type Benchmark, measure, rateRatio, type Row } from './harness.ts';

const user = parseCalAddress('mailto:bob@receiver.example');
const sender = parseCalAddress('mailto:alice@sender.example');
const now = epochMs(Date.UTC(2026, 10, 23, 10));

/** The engine's whole path, text in and text out, against only reading the two texts. */
export const itip: Benchmark = {
  name: 'itip',
  about: 'a 2 KB REQUEST against a stored series with an override, alarms and answers, text to text',
  async run() {
    const stored = storedText();
    const request = requestText();
    const context = { user, sender, now };
    const process = (): string => {
      const message = readItipMessage(parseCalendar(request));
      const calendar = parseCalendar(stored);
      const judgement = judge(message, calendar, context);
      if (judgement.status !== 'merge') throw new TypeError(`${judgement.status}: ${judgement.reason}`);
      const kept = merge(judgement, calendar);
      return kept ? formatCalendar(kept) : '';
    };
    assertMerged(process());
    const rows = await measure(
      [
        { name: 'process', work: () => batch(process) },
        { name: 'parse', work: () => batch(() => [parseCalendar(request), parseCalendar(stored)]) },
      ],
      { seconds: 6, rounds: 30 },
    );
    return { name: 'itip', rows: rows.map(perOne), ratios: { 'process/parse': rateRatio(rows, 'process', 'parse') } };
  },
};

/** @throws TypeError when the update is not what it should be: then there is nothing to measure. */
function assertMerged(text: string): void {
  const kept = [/^LOCATION:Room 8/m, /^SEQUENCE:1/m, /^BEGIN:VALARM/m, /PARTSTAT=ACCEPTED[^:]*:mailto:bob@/];
  for (const line of kept) if (!line.test(text)) throw new TypeError(`no ${line} after the update`);
}

interface Series {
  readonly sequence: number;
  readonly location: string;
  readonly answer: string;
  readonly extra: readonly string[];
}

/** A weekly meeting of five in a zone, one instance an hour later, as the organizer writes it. */
function seriesText({ sequence, location, answer, extra }: Series, method?: string): string {
  const zone = timeZoneComponent('Europe/Berlin');
  if (!zone) throw new TypeError('no definition of Europe/Berlin');
  const event = (...lines: readonly string[]): readonly string[] => [
    'BEGIN:VEVENT',
    'UID:b1946ac9-2492-4d4e-8c1b-1f0e9f0a7d55',
    `DTSTAMP:2026110${sequence + 1}T090000Z`,
    `SEQUENCE:${sequence}`,
    'SUMMARY:Weekly review of what was done and what is next',
    `LOCATION:${location}`,
    'DESCRIPTION:Please bring the figures of the last week and a sketch of the n',
    ' ext one\\, so that nobody has to look for them while all others wait.',
    'ORGANIZER;CN=Alice:mailto:alice@sender.example',
    'ATTENDEE;PARTSTAT=ACCEPTED;CN=Alice:mailto:alice@sender.example',
    `ATTENDEE;${answer};CN=Bob:mailto:bob@receiver.example`,
    'ATTENDEE;PARTSTAT=TENTATIVE;CN=Carol:mailto:carol@receiver.example',
    'ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Dan:mailto:dan@elsewhere.example',
    ...lines,
    ...extra,
    'END:VEVENT',
  ];
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//isched//bench//EN',
    ...(method === undefined ? [] : [`METHOD:${method}`]),
    formatCalendar(zone).trimEnd(),
    ...event(
      'DTSTART;TZID=Europe/Berlin:20261130T100000',
      'DTEND;TZID=Europe/Berlin:20261130T110000',
      'RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20271129T090000Z',
    ),
    ...event(
      'RECURRENCE-ID;TZID=Europe/Berlin:20261221T100000',
      'DTSTART;TZID=Europe/Berlin:20261221T110000',
      'DTEND;TZID=Europe/Berlin:20261221T120000',
    ),
    'END:VCALENDAR',
    '',
  ];
  return lines.join('\r\n');
}

function storedText(): string {
  const alarm = ['BEGIN:VALARM', 'ACTION:DISPLAY', 'DESCRIPTION:Review', 'TRIGGER:-PT10M', 'END:VALARM'];
  return seriesText({ sequence: 0, location: 'Room 7', answer: 'PARTSTAT=ACCEPTED', extra: alarm });
}

/** Another room: nothing that would take answers back. */
function requestText(): string {
  return seriesText(
    { sequence: 1, location: 'Room 8', answer: 'PARTSTAT=NEEDS-ACTION;RSVP=TRUE', extra: [] },
    'REQUEST',
  );
}

/** One is shorter than the clock's own cost: a turn is some of them. */
const batchSize = 20;

function batch(work: () => unknown): void {
  for (let index = 0; index < batchSize; index++) work();
}

function perOne(row: Row): Row {
  return {
    ...row,
    opsPerSecond: row.opsPerSecond * batchSize,
    p50Ms: row.p50Ms / batchSize,
    p99Ms: row.p99Ms / batchSize,
  };
}
