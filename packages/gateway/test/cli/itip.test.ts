import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './fake-terminal.ts';
import { corpus, linesOf, meeting, scratchFolder, series, thereIsNone, vcalendar } from './itip-files.ts';

const { path, write } = scratchFolder();
const rfc5546 = (name: string): string => join(corpus, 'itip/rfc5546', name);

const answer = (...lines: readonly string[]): string =>
  vcalendar(
    'METHOD:REPLY',
    'BEGIN:VEVENT',
    'UID:u1',
    'DTSTAMP:20261102T090000Z',
    'SEQUENCE:0',
    'ORGANIZER:mailto:o@example.com',
    'ATTENDEE;PARTSTAT=DECLINED:mailto:a@example.com',
    ...lines,
    'END:VEVENT',
  );

interface Processed {
  readonly status: string;
  readonly reason: string;
  readonly stored: string | null;
  readonly replies: readonly string[];
  readonly findings: readonly { readonly property: string; readonly section: string; readonly requestStatus: string }[];
}

interface Going {
  readonly stored: string | null;
  readonly messages: readonly {
    readonly method: string;
    readonly to: readonly string[];
    readonly significant: boolean;
    readonly message: string;
  }[];
}

const count = (text: string | null, line: string): number => linesOf(text).filter((each) => each === line).length;

describe('isched itip check', () => {
  it('says nothing against a message that keeps all rules', async () => {
    const message = write('m.ics', vcalendar('METHOD:REQUEST', ...series));
    const { code, out } = await run(['itip', 'check', message, '--json']);
    expect(JSON.parse(out)).toEqual({
      ok: true,
      method: 'REQUEST',
      component: 'VEVENT',
      uid: 'u1',
      reason: null,
      detail: null,
      findings: [],
    });
    expect(code).toBe(0);
  });

  it('names the property, the section and the status of what is wrong', async () => {
    const input = vcalendar(
      'METHOD:REQUEST',
      'BEGIN:VEVENT',
      'UID:u1',
      'DTSTAMP:20261101T090000Z',
      'DTSTART:20261301T090000Z',
      'SUMMARY:No organizer',
      'ATTENDEE:mailto:a@example.com',
      'END:VEVENT',
    );
    const { code, out } = await run(['itip', 'check', '-', '--json'], { input });
    expect(code).toBe(1);
    const { findings } = JSON.parse(out) as Processed;
    expect(findings).toContainEqual(
      expect.objectContaining({ property: 'ORGANIZER', rfc: 5546, section: '3.2.2', severity: 'warning' }),
    );
    expect(findings.find(({ property }) => property === 'ORGANIZER')?.requestStatus).toMatch(/^3\.11;/);
    expect(findings).toContainEqual(
      expect.objectContaining({ property: 'DTSTART', code: 'invalid-date', severity: 'error' }),
    );
    expect(findings.find(({ property }) => property === 'DTSTART')?.requestStatus).toMatch(/^3\.5;/);
  });

  it('says why a text is no message', async () => {
    const { code, out } = await run(['itip', 'check', '-', '--json'], { input: vcalendar(...series) });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, reason: 'method-missing', findings: [] });
    expect((await run(['itip', 'check', '-'], { input: 'hello' })).out).toContain('no scheduling message: ');
  });

  it('a file that is not there is a mistake of usage', async () => {
    expect((await run(['itip', 'check', path('none.ics')])).code).toBe(2);
  });
});

describe('isched itip process', () => {
  const process = async (...argv: readonly string[]): Promise<Processed & { readonly code: number }> => {
    const { code, out } = await run(['itip', 'process', ...argv, '--now', '2026-11-23T10:00:00Z', '--json']);
    return { ...(JSON.parse(out) as Processed), code };
  };

  it('takes an invitation, and takes it once', async () => {
    const message = write('m.ics', vcalendar('METHOD:REQUEST', ...series));
    const first = await process('--user', 'a@example.com', '--message', message);
    expect(first).toMatchObject({ code: 0, status: 'applied', reason: 'new-invitation', replies: [], findings: [] });
    expect(first.stored).toBe(vcalendar(...series));
    const stored = write('s.ics', first.stored ?? '');
    const again = await process('--user', 'a@example.com', '--stored', stored, '--message', message);
    expect(again).toMatchObject({ code: 0, status: 'ignored', reason: 'duplicate', stored: first.stored });
  });

  it.each([
    ['several calendars', [series, meeting('RECURRENCE-ID:20261202T090000Z', 'DTSTART:20261202T110000Z')]],
    ['one calendar', [[...series, ...meeting('RECURRENCE-ID:20261202T090000Z', 'DTSTART:20261202T110000Z')]]],
  ])('one object may lie in pieces: %s', async (_, pieces) => {
    const other = meeting().map((line) => (line === 'UID:u1' ? 'UID:other' : line));
    const stored = write('s.ics', [...pieces, other].map((piece) => vcalendar(...piece)).join(''));
    const message = write('m.ics', answer('RECURRENCE-ID:20261202T090000Z'));
    const {
      status,
      reason,
      stored: after,
    } = await process('--user', 'o@example.com', '--stored', stored, '--message', message);
    expect({ status, reason }).toEqual({ status: 'applied', reason: 'answered' });
    expect(count(after, 'BEGIN:VCALENDAR')).toBe(1);
    expect(count(after, 'BEGIN:VEVENT')).toBe(2);
    expect(linesOf(after).filter((line) => line.includes('PARTSTAT=DECLINED'))).toHaveLength(1);
    expect(count(after, 'UID:other')).toBe(0);
  });

  it('refuses who does not speak for the organizer, and changes nothing', async () => {
    const message = write('m.ics', vcalendar('METHOD:CANCEL', ...meeting('SEQUENCE:1', 'STATUS:CANCELLED')));
    const stored = write('s.ics', vcalendar(...series));
    const common = ['--user', 'a@example.com', '--stored', stored, '--message', message] as const;
    expect(await process(...common, '--sender', 'mallory@example.net')).toMatchObject({
      code: 1,
      status: 'refused',
      reason: 'sender-not-organizer',
      stored: vcalendar(...series),
    });
    expect(await process(...common, '--sender', 'MAILTO:O@Example.com')).toMatchObject({
      code: 0,
      reason: 'cancelled',
    });
  });

  it('refuses what is no message, with its code', async () => {
    const stored = write('s.ics', vcalendar(...series));
    const two = vcalendar('METHOD:REQUEST', ...series);
    const several = await process(
      '--user',
      'a@example.com',
      '--stored',
      stored,
      '--message',
      write('m.ics', two + two),
    );
    expect(several).toMatchObject({
      code: 1,
      status: 'refused',
      reason: 'several-calendars',
      stored: vcalendar(...series),
    });
    const broken = write('s.ics', 'BEGIN:VCALENDAR\r\n');
    expect(
      await process('--user', 'a@example.com', '--stored', broken, '--message', write('m.ics', two)),
    ).toMatchObject({ code: 1, reason: 'stored-object-unreadable', stored: 'BEGIN:VCALENDAR\r\n' });
  });

  it('lists what goes out at once: the answer to a REFRESH', async () => {
    const stored = write('s.ics', vcalendar(...series));
    const message = write(
      'm.ics',
      vcalendar(
        'METHOD:REFRESH',
        'BEGIN:VEVENT',
        'UID:u1',
        'DTSTAMP:20261102T090000Z',
        'ORGANIZER:mailto:o@example.com',
        'ATTENDEE:mailto:a@example.com',
        'END:VEVENT',
      ),
    );
    const { status, reason, replies } = await process(
      '--user',
      'o@example.com',
      '--stored',
      stored,
      '--message',
      message,
    );
    expect({ status, reason }).toEqual({ status: 'ignored', reason: 'refresh-answered' });
    expect(replies).toHaveLength(1);
    expect(linesOf(replies[0] ?? null)).toEqual(expect.arrayContaining(['METHOD:REQUEST', 'SUMMARY:Stand-up']));
  });

  it('answers a search out of all that is stored', async () => {
    const stored = write(
      's.ics',
      vcalendar(
        ...series,
        ...meeting('DTSTART:20261204T140000Z', 'DURATION:PT30M').map((line) => line.replace('u1', 'u2')),
      ),
    );
    const message = write(
      'm.ics',
      vcalendar(
        'METHOD:REQUEST',
        'BEGIN:VFREEBUSY',
        'UID:f1',
        'DTSTAMP:20261123T090000Z',
        'ORGANIZER:mailto:x@example.net',
        'ATTENDEE:mailto:o@example.com',
        'DTSTART:20261204T000000Z',
        'DTEND:20261205T000000Z',
        'END:VFREEBUSY',
      ),
    );
    const { status, reason, replies } = await process(
      '--user',
      'o@example.com',
      '--stored',
      stored,
      '--message',
      message,
    );
    expect({ status, reason }).toEqual({ status: 'applied', reason: 'free-busy-answered' });
    expect(linesOf(replies[0] ?? null)).toEqual(
      expect.arrayContaining([
        'METHOD:REPLY',
        'UID:f1',
        'FREEBUSY;FBTYPE=BUSY:20261204T090000Z/20261204T100000Z,20261204T140000Z/20261204T143000Z',
      ]),
    );
  });

  it('tells a person the reason in words', async () => {
    const { out } = await run(['itip', 'process', '--user', 'a@example.com', '--message', '-'], {
      input: vcalendar('METHOD:REQUEST', ...series),
    });
    expect(out).toContain('applied: new-invitation. The invitation was added to the calendar.');
    expect(out).toContain('SUMMARY:Stand-up');
  });

  it('tells a program what is wrong with what it can not read', async () => {
    const argv = ['itip', 'process', '--user', 'a@example.com', '--message', '-', '--json'];
    const { code, out } = await run(argv, { input: 'garbage' });
    const explanation = expect.stringContaining('line 1: no content line: "garbage"');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ status: 'refused', reason: 'invalid-line', explanation, stored: null });
  });

  it('standard input stands for one file', async () => {
    const argv = ['itip', 'process', '--user', 'a@example.com', '--message', '-', '--stored', '-'];
    const { code, error } = await run(argv, { input: vcalendar('METHOD:REQUEST', ...series) });
    expect({ code, error }).toEqual({ code: 2, error: 'isched: standard input can stand for one file only\n' });
  });

  it.each([
    ['no user', ['--message', '-']],
    ['no message', ['--user', 'a@example.com']],
    ['no address', ['--user', 'nobody', '--message', '-']],
    ['no time', ['--user', 'a@example.com', '--message', '-', '--now', 'soon']],
  ])('is a mistake of usage: %s', async (_, argv) => {
    expect((await run(['itip', 'process', ...argv], { input: vcalendar('METHOD:REQUEST', ...series) })).code).toBe(2);
  });
});

describe('isched itip outgoing', () => {
  const outgoing = async (
    ...argv: readonly string[]
  ): Promise<Going & { readonly code: number; readonly error: string }> => {
    const { code, out, error } = await run(['itip', 'outgoing', ...argv, '--now', '2026-11-23T10:00:00Z', '--json']);
    return { ...(JSON.parse(out) as Going), code, error };
  };

  it('invites, and keeps what was sent as pending', async () => {
    const after = write('after.ics', vcalendar(...series));
    const { code, stored, messages } = await outgoing('--user', 'o@example.com', '--after', after);
    expect(code).toBe(0);
    expect(messages).toMatchObject([{ method: 'REQUEST', to: ['mailto:a@example.com'], significant: true }]);
    expect(linesOf(messages[0]?.message ?? null)).toEqual(
      expect.arrayContaining(['METHOD:REQUEST', 'DTSTAMP:20261123T100000Z']),
    );
    expect(linesOf(stored).some((line) => line.startsWith('ATTENDEE') && line.includes('SCHEDULE-STATUS=1.0'))).toBe(
      true,
    );
  });

  it('a move raises SEQUENCE, a deletion calls the meeting off', async () => {
    const before = write('before.ics', vcalendar(...series));
    const moved = series.map((line) => line.replace('T090000Z', 'T093000Z'));
    const after = write('after.ics', vcalendar(...moved));
    const update = await outgoing('--user', 'o@example.com', '--before', before, '--after', after);
    expect(count(update.stored, 'SEQUENCE:1')).toBe(1);
    expect(update.messages).toMatchObject([{ method: 'REQUEST', significant: true }]);
    const deletion = await outgoing('--user', 'o@example.com', '--before', before);
    expect(deletion).toMatchObject({ stored: null, messages: [{ method: 'CANCEL', to: ['mailto:a@example.com'] }] });
  });

  it("refuses an attendee's change of what is the organizer's", async () => {
    const before = write('before.ics', vcalendar(...series));
    const after = write('after.ics', vcalendar(...series.map((line) => line.replace('Stand-up', 'Lie-down'))));
    const { code, error } = await outgoing('--user', 'a@example.com', '--before', before, '--after', after);
    expect(code).toBe(1);
    expect(error).toContain('SUMMARY');
  });

  it('nothing before and nothing after is no change', async () => {
    expect(await outgoing('--user', 'o@example.com')).toMatchObject({ code: 0, stored: null, messages: [] });
  });
});

describe.skipIf(thereIsNone !== '')(`isched itip outgoing, with the cases of sabre/vobject${thereIsNone}`, () => {
  it.each(['testBrokenEventOrganizerMisMatch', 'testBrokenEventUIDMisMatch'])('refuses %s', async (name) => {
    const file = join(corpus, `itip/sabre-broker/BrokerNewEventTest.${name}.json`);
    const each = JSON.parse(readFileSync(file, 'utf8')) as { calendar_user: string; after: string };
    const after = write('after.ics', each.after);
    const { code, out, error } = await run([
      'itip',
      'outgoing',
      '--user',
      each.calendar_user,
      '--after',
      after,
      '--json',
    ]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({ stored: null, messages: [] });
    expect(error).toMatch(/refused: (organizer|uid)-differs/);
  });

  it('asks who is new, calls off who is gone, and tells the others in silence', async () => {
    const file = join(corpus, 'itip/sabre-broker/BrokerUpdateEventTest.testInviteChange.json');
    const each = JSON.parse(readFileSync(file, 'utf8')) as Readonly<
      Record<'calendar_user' | 'before' | 'after', string>
    >;
    const files = [write('before.ics', each.before), write('after.ics', each.after)];
    const { out } = await run(
      ['itip', 'outgoing', '--user', each.calendar_user, '--before', files[0] ?? '', '--after', '-', '--json'],
      { input: each.after },
    );
    const sent = (JSON.parse(out) as Going).messages.flatMap(({ method, to, significant }) =>
      to.map((recipient) => [recipient, method, significant]),
    );
    expect(sent.map((each) => each.join(' ')).toSorted()).toEqual([
      'mailto:one@example.org CANCEL true',
      'mailto:three@example.org REQUEST true',
      'mailto:two@example.org REQUEST false',
    ]);
  });
});

describe.skipIf(thereIsNone !== '')(`isched itip process, with the examples of RFC 5546${thereIsNone}`, () => {
  it('a series, an instance moved, an instance and then the whole called off', async () => {
    const story = [
      '4.4.2-1-request-vevent.ics',
      '4.4.2-2-request-vevent.ics',
      '4.4.3-1-cancel-vevent.ics',
      '4.4.4-1-cancel-vevent.ics',
    ];
    const told: string[] = [];
    let stored: string | null = null;
    for (const name of story) {
      const argv = ['--user', 'b@example.com', '--sender', 'a@example.com', '--message', rfc5546(name), '--json'];
      const kept = stored === null ? [] : ['--stored', write('s.ics', stored)];
      const processed = JSON.parse((await run(['itip', 'process', ...argv, ...kept])).out) as Processed;
      told.push(`${processed.status} ${processed.reason}`);
      stored = processed.stored;
    }
    expect(told).toEqual([
      'applied new-invitation',
      'applied rescheduled',
      'applied instances-cancelled',
      'applied cancelled',
    ]);
    expect(count(stored, 'STATUS:CONFIRMED')).toBe(0);
  });
});
