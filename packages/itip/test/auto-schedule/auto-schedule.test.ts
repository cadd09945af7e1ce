import { type Component, formatCalendar } from '@isched/icalendar';
import { epochMs } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { type AutoScheduleMode, type AutoScheduleOptions, autoSchedule, bookingRange } from '../../src/index.ts';
import { address, now, process, context, message, unfolded, vcalendar, vevent } from '../support/calendar.ts';

// `now` is Mon 2026-11-23T00:00:00Z.
const room = 'mailto:room-7@example.com';
const week = ['DTSTART:20261124T090000Z', 'DTEND:20261124T100000Z'];
const asks = `ATTENDEE;CUTYPE=ROOM;RSVP=TRUE:${room}`;

function at(day: string, type: 'BUSY' | 'BUSY-TENTATIVE' = 'BUSY'): AutoScheduleOptions['busy'][number] {
  const start = Date.parse(`${day}T09:30:00Z`);
  return { start: epochMs(start), end: epochMs(start + 3_600_000), type };
}

function answer(
  mode: AutoScheduleMode,
  stored: Component,
  more: Partial<AutoScheduleOptions> = {},
): {
  readonly said: readonly string[];
  readonly because: readonly string[];
  readonly text: string;
  readonly message: string;
} {
  const done = autoSchedule(stored, { user: address(room), mode, busy: [], now, ...more });
  return {
    said: (done?.answers ?? []).map((each) => `${each.recurrenceId ?? '*'} ${each.participationStatus}`),
    because: (done?.answers ?? []).map((each) => each.because),
    text: done ? unfolded(done.stored) : '',
    message: done ? unfolded(done.message.calendar) : '',
  };
}

describe('one meeting', () => {
  const single = vcalendar(undefined, vevent('DTSTAMP:20261120T000000Z', 'SEQUENCE:2', ...week, asks));

  it.each([
    ['none', 'free', []],
    ['none', 'taken', []],
    ['accept-always', 'free', ['* ACCEPTED']],
    ['accept-always', 'taken', ['* ACCEPTED']],
    ['decline-always', 'free', ['* DECLINED']],
    ['decline-always', 'taken', ['* DECLINED']],
    ['accept-if-free', 'free', ['* ACCEPTED']],
    ['accept-if-free', 'taken', []],
    ['decline-if-busy', 'free', []],
    ['decline-if-busy', 'taken', ['* DECLINED']],
    ['automatic', 'free', ['* ACCEPTED']],
    ['automatic', 'taken', ['* DECLINED']],
  ] as const)('%s says to a %s room: %j', (mode, situation, said) => {
    expect(answer(mode, single, { busy: situation === 'taken' ? [at('2026-11-24')] : [] }).said).toEqual(said);
  });

  it('sends a REPLY of the version it answers, and keeps the answer', () => {
    const done = answer('automatic', single);
    expect(done.message).toContain('METHOD:REPLY');
    expect(done.message).toContain('SEQUENCE:2');
    expect(done.message).toContain('DTSTAMP:20261123T000000Z');
    expect(done.message).toMatch(/^ATTENDEE;PARTSTAT=ACCEPTED:mailto:room-7@example\.com$/m);
    expect(done.text).toMatch(/^ATTENDEE;CUTYPE=ROOM;PARTSTAT=ACCEPTED:mailto:room-7@example\.com$/m);
  });

  it('counts what was asked for before as taken, answered or not: first come, first served', () => {
    expect(answer('automatic', single, { busy: [at('2026-11-24', 'BUSY-TENTATIVE')] }).said).toEqual(['* DECLINED']);
  });

  it('lets one meeting follow another', () => {
    const end = epochMs(Date.parse('2026-11-24T09:00:00Z'));
    const before = { start: epochMs(end - 3_600_000), end, type: 'BUSY' as const };
    expect(answer('automatic', single, { busy: [before] }).said).toEqual(['* ACCEPTED']);
  });

  it('reads days and floating times in the zone of the room', () => {
    const day = vcalendar(undefined, vevent('DTSTART;VALUE=DATE:20261124', asks));
    const start = Date.parse('2026-11-24T23:30:00Z'); // half past midnight in Berlin
    const busy = [{ start: epochMs(start), end: epochMs(start + 1_800_000), type: 'BUSY' as const }];
    expect(answer('automatic', day, { busy }).said).toEqual(['* DECLINED']);
    expect(answer('automatic', day, { busy, defaultZone: 'Europe/Berlin' }).said).toEqual(['* ACCEPTED']);
  });

  it.each([
    ['answered', `ATTENDEE;PARTSTAT=DECLINED:${room}`, []],
    ['not for this room', 'ATTENDEE:mailto:room-8@example.com', []],
    ['answered by a client', `${asks}\nORGANIZER;SCHEDULE-AGENT=CLIENT:mailto:o@example.com`, []],
    ['its own', `${asks}\nORGANIZER:${room}`, []],
    ['cancelled', `${asks}\nSTATUS:CANCELLED`, []],
  ] as const)('says nothing to a meeting that is %s', (_, lines, said) => {
    const stored = vcalendar(undefined, vevent(...week, ...lines.split('\n')));
    expect(answer('automatic', stored).said).toEqual(said);
  });

  it('says nothing to what is over', () => {
    const past = vcalendar(undefined, vevent('DTSTART:20261120T090000Z', 'DTEND:20261120T100000Z', asks));
    expect(answer('automatic', past).said).toEqual([]);
  });

  it.each([
    ['automatic', ['* DECLINED']],
    ['decline-if-busy', ['* DECLINED']],
    ['accept-if-free', []],
    ['accept-always', ['* ACCEPTED']],
  ] as const)('%s says to what begins after the horizon: %j', (mode, said) => {
    const far = vcalendar(undefined, vevent('DTSTART:20280301T090000Z', 'DTEND:20280301T100000Z', asks));
    expect(answer(mode, far).said).toEqual(said);
    expect(answer('automatic', far, { horizonDays: 3000 }).said).toEqual(['* ACCEPTED']);
  });

  it('tells the organizer why it declines, and until when it can be booked', () => {
    const far = vcalendar(undefined, vevent('DTSTART:20261201T090000Z', 'DTEND:20261201T100000Z', asks));
    const late = answer('automatic', far, { horizonDays: 5 });
    expect(late.because).toEqual(['beyond-horizon']);
    expect(late.message).toContain('REQUEST-STATUS:4.0;Event conflict');
    expect(late.message).toContain('COMMENT:Can be booked until 2026-11-28\\, which is before this.');
    const berlin = answer('automatic', far, {
      horizonDays: 5,
      now: epochMs(now + 23.5 * 3_600_000),
      defaultZone: 'Europe/Berlin',
    });
    expect(berlin.message).toContain('COMMENT:Can be booked until 2026-11-29');
    const taken = answer('automatic', single, { busy: [at('2026-11-24')] });
    expect(taken.because).toEqual(['taken']);
    expect(taken.message).toContain('REQUEST-STATUS:4.0;Event conflict');
    expect(taken.message).toContain('COMMENT:Taken at that time.');
    const heavy = answer('automatic', vcalendar(undefined, vevent(...week, 'RRULE:FREQ=SECONDLY', asks)));
    expect(heavy.because).toEqual(['too-complex']);
    expect(heavy.message).toContain('REQUEST-STATUS:3.6;Invalid rule');
  });

  it('has no reason to give where it always says the same, and none to accept', () => {
    for (const mode of ['decline-always', 'accept-always', 'automatic'] as const) {
      const { message, because } = answer(mode, single);
      expect(because).toEqual([mode === 'automatic' ? 'free' : 'always']);
      expect(message).not.toMatch(/COMMENT|REQUEST-STATUS/);
    }
  });

  it('names the time that has to be looked at', () => {
    expect(bookingRange({ now, horizonDays: 2 })).toEqual({ start: now, end: now + 2 * 86_400_000 });
  });
});

describe('a series', () => {
  const rule = 'RRULE:FREQ=DAILY;COUNT=5';
  const series = vcalendar(undefined, vevent('DTSTAMP:20261120T000000Z', ...week, rule, asks));

  it('is accepted without the instances at which the room is taken', () => {
    const done = answer('automatic', series, { busy: [at('2026-11-26')] });
    expect(done.said).toEqual(['* ACCEPTED', '20261126T090000Z DECLINED']);
    expect(done.message.match(/BEGIN:VEVENT/g)).toHaveLength(2);
    expect(done.text).toContain('RECURRENCE-ID:20261126T090000Z');
  });

  it('is declined where it hardly ever fits, or never', () => {
    const busy = ['24', '25', '26'].map((day) => at(`2026-11-${day}`));
    expect(answer('automatic', series, { busy, maxExceptions: 2 }).said).toEqual(['* DECLINED']);
    const all = [...busy, at('2026-11-27'), at('2026-11-28')];
    expect(answer('automatic', series, { busy: all }).said).toEqual(['* DECLINED']);
  });

  it('leaves the rest to people where it only declines', () => {
    expect(answer('decline-if-busy', series, { busy: [at('2026-11-26')] }).said).toEqual(['20261126T090000Z DECLINED']);
  });

  it('is left to people as a whole where it only accepts', () => {
    expect(answer('accept-if-free', series, { busy: [at('2026-11-26')] }).said).toEqual([]);
  });

  it('answers a moved instance by its own time', () => {
    const moved = vevent('RECURRENCE-ID:20261126T090000Z', 'DTSTART:20261126T150000Z', 'DTEND:20261126T160000Z', asks);
    const stored = vcalendar(undefined, vevent(...week, rule, asks), moved);
    expect(answer('automatic', stored, { busy: [at('2026-11-26')] }).said).toEqual([
      '* ACCEPTED',
      '20261126T090000Z ACCEPTED',
    ]);
  });

  it('is looked at again as far as it is extended after the answer', () => {
    const accepted = `ATTENDEE;PARTSTAT=ACCEPTED:${room}`;
    const before = vcalendar(undefined, vevent(...week, 'RRULE:FREQ=DAILY;COUNT=2', accepted));
    const stored = vcalendar(undefined, vevent(...week, rule, accepted));
    const busy = [at('2026-11-25'), at('2026-11-27')]; // the first was promised to both, which is known
    expect(answer('automatic', stored, { busy, before }).said).toEqual(['20261127T090000Z DECLINED']);
    expect(answer('accept-always', stored, { busy, before }).said).toEqual([]);
    expect(answer('automatic', stored, { busy }).said).toEqual([]);
  });

  it('is declined where its rule is too much to work out', () => {
    const endless = vcalendar(undefined, vevent(...week, 'RRULE:FREQ=SECONDLY', asks));
    expect(answer('automatic', endless).said).toEqual(['* DECLINED']);
  });

  it('is understood by its organizer', () => {
    const { message: text } = answer('automatic', series, { busy: [at('2026-11-26')] });
    const events = text.slice(text.indexOf('BEGIN:VEVENT'), text.lastIndexOf('END:VCALENDAR')).trim();
    const organizers = vcalendar(undefined, vevent('DTSTAMP:20261120T000000Z', ...week, rule, asks));
    const { text: after, judgement } = process(message('REPLY', events), organizers, context('mailto:o@example.com'));
    expect(judgement.reason).toBe('answered');
    expect(after.match(/PARTSTAT=(ACCEPTED|DECLINED)/g)).toEqual(['PARTSTAT=ACCEPTED', 'PARTSTAT=DECLINED']);
  });

  it('keeps every line it has no answer for as it was', () => {
    const text = formatCalendar(series);
    const done = autoSchedule(series, { user: address(room), mode: 'automatic', busy: [], now });
    const lines = new Set((done ? formatCalendar(done.stored) : '').split('\r\n'));
    expect(text.split('\r\n').filter((line) => !lines.has(line))).toEqual([asks]);
  });
});
