import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './fake-terminal.ts';
import { corpus, linesOf, scratchFolder, series, thereIsNone, vcalendar } from './itip-files.ts';

const { write } = scratchFolder();

describe('isched itip free-busy', () => {
  it('says when somebody is busy, with their own answers', async () => {
    const mine = write('mine.ics', vcalendar(...series));
    const range = ['--from', '2026-12-02T00:00:00Z', '--to', '2026-12-04T00:00:00Z'];
    const { code, out } = await run(['itip', 'free-busy', '--calendar', mine, ...range, '--user', 'o@example.com']);
    expect(code).toBe(0);
    expect(linesOf(out)).toEqual(
      expect.arrayContaining([
        'BEGIN:VFREEBUSY',
        'ORGANIZER:mailto:o@example.com',
        'DTSTART:20261202T000000Z',
        'DTEND:20261204T000000Z',
        'FREEBUSY;FBTYPE=BUSY:20261202T090000Z/20261202T100000Z,20261203T090000Z/20261203T100000Z',
      ]),
    );
    const waiting = await run(['itip', 'free-busy', '--calendar', mine, ...range, '--user', 'a@example.com', '--json']);
    expect(JSON.parse(waiting.out)).toMatchObject({ busy: [{ type: 'BUSY-TENTATIVE' }, { type: 'BUSY-TENTATIVE' }] });
  });

  it('reads floating times in the zone given, and leaves out, by name, what it can not work out', async () => {
    const floating = [
      'BEGIN:VEVENT',
      'UID:f',
      'DTSTAMP:20261101T090000Z',
      'DTSTART:20261202T090000',
      'DURATION:PT1H',
      'END:VEVENT',
    ];
    const broken = ['BEGIN:VEVENT', 'UID:broken', 'DTSTAMP:20261101T090000Z', 'DTSTART:20261399T090000Z', 'END:VEVENT'];
    const { code, out, error } = await run(
      [
        'itip',
        'free-busy',
        '--calendar',
        '-',
        '--from',
        '20261202T000000Z',
        '--to',
        '20261203T000000Z',
        '--tzid',
        'Europe/Berlin',
      ],
      { input: vcalendar(...broken, ...floating) },
    );
    expect(linesOf(out)).toContain('FREEBUSY;FBTYPE=BUSY:20261202T080000Z/20261202T090000Z');
    expect(error).toContain('VEVENT broken is left out');
    expect(code).toBe(1);
  });

  it.each([
    ['the wrong way round', ['--from', '2026-12-04', '--to', '2026-12-02']],
    ['no zone', ['--from', '2026-12-02', '--to', '2026-12-04', '--tzid', 'Atlantis/Capital']],
  ])('is a mistake of usage: %s', async (_, argv) => {
    expect((await run(['itip', 'free-busy', '--calendar', '-', ...argv], { input: vcalendar(...series) })).code).toBe(
      2,
    );
  });
});

interface FreeBusyCase {
  readonly id: string;
  readonly calendars: readonly string[];
  readonly vavailability: string | null;
  readonly reference_timezone: string;
  readonly query: { readonly start: string; readonly end: string };
  readonly expected_freebusy: readonly string[];
}

const sabreBusy = thereIsNone
  ? []
  : (
      JSON.parse(readFileSync(join(corpus, 'freebusy/sabre-vobject/FreeBusyGeneratorTest.json'), 'utf8')) as {
        cases: readonly FreeBusyCase[];
      }
    ).cases;

describe.skipIf(thereIsNone !== '')(`isched itip free-busy, with the cases of sabre/vobject${thereIsNone}`, () => {
  it.each(sabreBusy.map((each) => [each.id, each] as const))('%s', async (_, each) => {
    const texts = [...each.calendars, ...(each.vavailability === null ? [] : [each.vavailability])];
    const files = texts.map((text, index) => write(`${index}.ics`, text));
    const { start, end } = each.query;
    const { out } = await run([
      'itip',
      'free-busy',
      '--calendar',
      ...files,
      '--from',
      start,
      '--to',
      end,
      '--tzid',
      each.reference_timezone,
    ]);
    const busy = linesOf(out).flatMap((line) => periodsIn(line));
    expect(busy.toSorted()).toEqual(each.expected_freebusy.flatMap(periodsIn).toSorted());
  });
});

/** `BUSY 20110101T120000Z/20110101T130000Z` for each period of a FREEBUSY line. */
function periodsIn(line: string): readonly string[] {
  const [, type = 'BUSY', periods] = /^FREEBUSY(?:;FBTYPE=([A-Z-]+))?:(.*)$/.exec(line) ?? [];
  return (periods?.split(',') ?? []).map((period) => `${type} ${period}`);
}
