import type { Component } from '@isched/icalendar';
import {
  array,
  assert,
  boolean,
  constantFrom,
  infiniteStream,
  integer,
  nat,
  option,
  property,
  record,
  tuple,
  uniqueArray,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ItipMessage } from '../../src/index.ts';
import { context, message, process, vcalendar, vevent } from '../support/calendar.ts';
import { meaning } from '../support/meaning.ts';

const people = ['b', 'c', 'd'].map((name) => `mailto:${name}@example.com`);
const days = ['09', '10', '11', '12', '13'];
const statuses = ['ACCEPTED', 'DECLINED', 'TENTATIVE', 'NEEDS-ACTION'];

interface Version {
  readonly sequence: number;
  readonly stamp: number;
  readonly hour: number;
  readonly summary: string;
  readonly moved: readonly number[];
  readonly excluded: readonly number[];
  readonly answers: readonly string[];
}

const version = record({
  sequence: integer({ min: 0, max: 3 }),
  stamp: integer({ min: 10, max: 20 }),
  hour: integer({ min: 9, max: 11 }),
  summary: constantFrom('one', 'two'),
  moved: uniqueArray(integer({ min: 0, max: 4 }), { maxLength: 2 }),
  excluded: uniqueArray(integer({ min: 0, max: 4 }), { maxLength: 2 }),
  answers: tuple(...people.map(() => constantFrom(...statuses))),
});

function events(of: Version): readonly string[] {
  const usual = [
    `DTSTAMP:202611${of.stamp}T000000Z`,
    `SEQUENCE:${of.sequence}`,
    `SUMMARY:${of.summary}`,
    ...people.map((person, at) => `ATTENDEE;PARTSTAT=${of.answers[at]}:${person}`),
  ];
  const start = (day: number, hour: number): string => `202611${days[day]}T${String(hour).padStart(2, '0')}0000Z`;
  const excluded = of.excluded.filter((day) => !of.moved.includes(day));
  return [
    vevent(
      ...usual,
      `DTSTART:${start(0, of.hour)}`,
      'RRULE:FREQ=DAILY;COUNT=5',
      ...(excluded.length > 0 ? [`EXDATE:${excluded.map((day) => start(day, of.hour)).join(',')}`] : []),
    ),
    ...of.moved.map((day) => vevent(...usual, `RECURRENCE-ID:${start(day, of.hour)}`, `DTSTART:${start(day, 20)}`)),
  ];
}

function play(messages: readonly ItipMessage[], user: string, stored?: Component): Component | undefined {
  return messages.reduce<Component | undefined>((kept, each) => process(each, kept, context(user)).stored, stored);
}

const texts = (of: Component | undefined): unknown => of && meaning(of);

describe('requests and cancellations', () => {
  it('each applied twice is as good as once', () => {
    assert(
      property(array(version, { minLength: 1, maxLength: 4 }), boolean(), (versions, off) => {
        const messages = versions.map((each, at) =>
          message(off && at === versions.length - 1 ? 'CANCEL' : 'REQUEST', ...events(each)),
        );
        const once = play(messages, 'mailto:b@example.com');
        const last = messages.at(-1) as ItipMessage;
        const again = process(last, once, context('mailto:b@example.com'));
        expect(texts(again.stored)).toEqual(texts(once));
        expect(again.judgement.status).not.toBe('merge');
      }),
    );
  });

  it('the newest version counts, in whatever order they come', () => {
    const ordered = uniqueArray(version, {
      minLength: 2,
      maxLength: 4,
      selector: ({ sequence }) => sequence,
    });
    assert(
      property(ordered, infiniteStream(nat()), (versions, order) => {
        const newest = versions.reduce((one, other) => (other.sequence > one.sequence ? other : one));
        const dated = versions.map((each) => ({ ...each, stamp: 10 + each.sequence, answers: statuses.slice(1) }));
        const key = dated.map((each) => ({ each, rank: order.next().value as number }));
        const shuffled = key.toSorted((one, other) => one.rank - other.rank).map(({ each }) => each);
        const stranger = 'mailto:x@example.com'; // has no answer of their own to keep
        const kept = play(
          shuffled.map((each) => message('REQUEST', ...events(each))),
          stranger,
        );
        const alone = dated.filter(({ sequence }) => sequence === newest.sequence);
        const wanted = play(
          alone.map((each) => message('REQUEST', ...events(each))),
          stranger,
        );
        expect(texts(kept)).toEqual(texts(wanted));
      }),
    );
  });

  it('the attendee’s answer and own data survive whatever does not move the meeting', () => {
    assert(
      property(version, version, (first, second) => {
        const still = { ...second, hour: first.hour, moved: first.moved, excluded: first.excluded };
        const newer = { ...still, sequence: first.sequence + 1 };
        const [me, own] = [`ATTENDEE;PARTSTAT=TENTATIVE:${people[0]}`, 'X-MY-OWN:kept'];
        const mine = events(first).map((text) =>
          text.replace(/ATTENDEE;PARTSTAT=[A-Z-]+:mailto:b@example\.com/, `${me}\n${own}`),
        );
        const { stored } = process(
          message('REQUEST', ...events(newer)),
          vcalendar(undefined, ...mine),
          context(people[0] as string),
        );
        const kept = JSON.stringify(texts(stored));
        const count = 1 + first.moved.length;
        expect(kept.match(/ATTENDEE;PARTSTAT=TENTATIVE:mailto:b@/g)).toHaveLength(count);
        expect(kept.match(/X-MY-OWN:kept/g)).toHaveLength(count);
      }),
    );
  });
});

describe('answers', () => {
  const answer = record({
    person: constantFrom(...people),
    status: constantFrom(...statuses),
    day: option(integer({ min: 0, max: 4 }), { nil: undefined }),
  });

  function said(of: { person: string; status: string; day: number | undefined }, at: number): ItipMessage {
    const instance = of.day === undefined ? [] : [`RECURRENCE-ID:202611${days[of.day]}T090000Z`];
    const stamp = `DTSTAMP:20261101T${String(at).padStart(2, '0')}0000Z`;
    return message('REPLY', vevent(stamp, ...instance, `ATTENDEE;PARTSTAT=${of.status}:${of.person}`));
  }

  const meeting = vcalendar(
    undefined,
    vevent(
      'DTSTAMP:20261101T000000Z',
      'DTSTART:20261109T090000Z',
      'RRULE:FREQ=DAILY;COUNT=5',
      ...people.map((person) => `ATTENDEE:${person}`),
    ),
  );

  it('of different people, in any order, come to one result', () => {
    const answers = uniqueArray(answer, { minLength: 1, maxLength: 3, selector: ({ person }) => person });
    assert(
      property(answers, (given) => {
        const messages = given.map((each, at) => said(each, at + 1));
        const results = [messages, messages.toReversed()].map((order) => play(order, 'mailto:o@example.com', meeting));
        expect(byInstance(results[0])).toEqual(byInstance(results[1]));
      }),
    );
  });

  it('of one person to one question: the last one given counts, whichever comes last', () => {
    const answers = array(
      answer.map((each) => ({ ...each, person: people[0] as string, day: undefined })),
      { minLength: 2, maxLength: 4 },
    );
    assert(
      property(answers, (given) => {
        const messages = given.map((each, at) => said(each, at + 1));
        const kept = play(messages.toReversed(), 'mailto:o@example.com', meeting);
        const last = given.at(-1)?.status;
        const line = last === 'NEEDS-ACTION' ? 'ATTENDEE' : `ATTENDEE;PARTSTAT=${last}`;
        expect(JSON.stringify(texts(kept))).toContain(`"${line};SCHEDULE-STATUS=2.0:mailto:b@example.com"`);
      }),
    );
  });

  it('each given twice is as good as once', () => {
    assert(
      property(array(answer, { minLength: 1, maxLength: 5 }), (given) => {
        const messages = given.map((each, at) => said(each, at + 1));
        const once = play(messages, 'mailto:o@example.com', meeting);
        const twice = play([...messages, ...messages], 'mailto:o@example.com', meeting);
        expect(byInstance(twice)).toEqual(byInstance(once));
      }),
    );
  });

  /** Components by RECURRENCE-ID; an answer may make one that says what the series says, which is no difference. */
  function byInstance(of: Component | undefined): unknown {
    const all = meaning(of as Component).inner.map(({ lines }) => lines);
    const attendees = (lines: readonly string[]): string =>
      lines
        .filter((line) => line.startsWith('ATTENDEE'))
        .map((line) => line.replace(/;SCHEDULE-STATUS=2.0/, ''))
        .toSorted()
        .join();
    const series = all.find((lines) => !lines.some((line) => line.startsWith('RECURRENCE-ID'))) ?? [];
    return days.map((day) => {
      const own = all.find((lines) => lines.includes(`RECURRENCE-ID:202611${day}T090000Z`));
      return attendees(own ?? series);
    });
  }
});
