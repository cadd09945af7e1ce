import { type Component, makeProperty, parseDateValue, utcZone } from '@isched/icalendar';
import { epochMs } from '@isched/values';
import { describe, expect, it } from 'vitest';
import {
  autoSchedule,
  counter,
  declineCounter,
  freeBusyPublication,
  freeBusyReply,
  type ItipMessage,
  onAnswer,
  onCancel,
  onCreate,
  onUpdate,
  type Outgoing,
  refresh,
  respond,
} from '../../src/index.ts';
import { address, context, message, now, process, unfolded, vcalendar, vevent } from '../support/calendar.ts';
import { houseMark, keptMarks, markedAll } from '../support/marks.ts';

const [o, b, c] = ['o', 'b', 'c'].map((name) => `mailto:${name}@example.com`) as [string, string, string];
const usual = ['DTSTAMP:20261101T000000Z', 'DTSTART;TZID=Europe/Berlin:20261109T100000', 'DURATION:PT1H', 'SUMMARY:x'];
const series = [...usual, 'RRULE:FREQ=DAILY;COUNT=5', 'RDATE:20261120T090000Z', 'EXDATE:20261110T090000Z'];
const instance = [
  'DTSTAMP:20261101T000000Z',
  'RECURRENCE-ID;TZID=Europe/Berlin:20261111T100000',
  'DTSTART;TZID=Europe/Berlin:20261111T120000',
  'DURATION:PT1H',
  'SUMMARY:x',
];
const asked = [`ATTENDEE;PARTSTAT=ACCEPTED:${b}`, `ATTENDEE:${c}`];

/** A series with a changed instance, as its keeper keeps it. */
function kept(lines: readonly string[] = asked, ...more: readonly string[]): Component {
  return keptMarks(vcalendar(undefined, vevent(...series, ...lines, ...more), vevent(...instance, ...lines)));
}

function organizer(
  change: (as: { readonly user: typeof me; readonly now: typeof now }) => Outgoing,
): readonly ItipMessage[] {
  return change({ user: me, now }).messages.map((each) => each.message);
}
const me = address(o);
const guest = { user: address(b), now };

const kinds: Readonly<Record<string, () => readonly ItipMessage[]>> = {
  'REQUEST of a new series': () => organizer((as) => onCreate(kept(), as)),
  'REQUEST of a changed series': () => organizer((as) => onUpdate(kept(), kept(asked, 'LOCATION:there'), as)),
  'REQUEST and CANCEL when people come and go': () =>
    organizer((as) => onUpdate(kept(), kept([asked[0] as string, 'ATTENDEE:mailto:d@example.com']), as)),
  'CANCEL of everything': () => organizer((as) => onCancel(kept(), as)),
  'CANCEL of an instance': () =>
    organizer((as) => {
      const off = vcalendar(undefined, vevent(...series, ...asked), vevent(...instance, ...asked, 'STATUS:CANCELLED'));
      return onUpdate(kept(), keptMarks(off), as);
    }),
  'REQUEST that tells of an answer': () =>
    organizer((as) => onAnswer(kept(), kept([`ATTENDEE;PARTSTAT=DECLINED:${b}`, asked[1] as string]), as)),
  'answer to a REFRESH': () => {
    const ask = message('REFRESH', vevent('DTSTAMP:20261102T000000Z', `ATTENDEE:${b}`));
    return process(ask, kept(), context(o)).judgement.replies;
  },
  'answer to a REFRESH of what is off': () => {
    const ask = message('REFRESH', vevent('DTSTAMP:20261102T000000Z', `ATTENDEE:${b}`));
    return process(ask, kept(asked, 'STATUS:CANCELLED'), context(o)).judgement.replies;
  },
  'REPLY to everything': () => [respond(kept(), { ...guest, participationStatus: 'TENTATIVE' }).message],
  'REPLY to one instance': () => {
    const recurrenceId = makeProperty('RECURRENCE-ID', '20261112T090000Z', { 'X-ISCHED-OWN': 'TRUE' });
    return [respond(kept(), { ...guest, participationStatus: 'DECLINED', recurrenceId }).message];
  },
  'REPLY of a delegator': () => {
    const before = vcalendar(undefined, vevent(...usual, `ATTENDEE:${b}`));
    const after = vcalendar(
      undefined,
      vevent(
        ...usual,
        'X-ISCHED-OWN:TRUE',
        `ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:d@example.com";X-ISCHED-REPLIES-SINCE=1:${b}`,
        `ATTENDEE;DELEGATED-FROM="${b}";SCHEDULE-STATUS=1.0;X-ISCHED-REPLIES-SINCE=1;X-DTSTAMP=20261101T000000Z:mailto:d@example.com`,
      ),
    );
    return onUpdate(before, after, guest).messages.map((each) => each.message);
  },
  'REPLY of who throws an instance out': () => {
    const after = kept(asked, 'EXDATE;TZID=Europe/Berlin:20261112T100000');
    return onUpdate(kept(), after, guest).messages.map((each) => each.message);
  },
  'REPLY of who deletes everything': () => onCancel(kept(), guest).messages.map((each) => each.message),
  'REPLY that is asked for again': () => {
    const later = ['DTSTAMP:20261103T000000Z', ...series.slice(1)];
    const again = message('REQUEST', vevent(...later, `ATTENDEE;RSVP=TRUE:${b}`), vevent(...instance, ...asked));
    return process(again, kept(), context(b)).judgement.replies;
  },
  COUNTER: () => [
    counter(kept(), { now, recurrenceId: makeProperty('RECURRENCE-ID', '20261111T090000Z'), comment: 'later?' }),
  ],
  DECLINECOUNTER: () => {
    const proposal = message('COUNTER', ...markedText(vevent(...instance, asked[0] as string)));
    return [declineCounter(proposal, kept(), { attendee: address(b), now })];
  },
  'REFRESH by itself': () => {
    const line = (name: string, value: string) =>
      makeProperty(name, value, { 'SCHEDULE-STATUS': '1.0', 'X-SEQUENCE': '0', 'X-ISCHED-REPLIES-SINCE': '1' });
    return [
      refresh({ component: 'VEVENT', uid: 'u', organizer: line('ORGANIZER', o), attendee: line('ATTENDEE', b), now }),
    ];
  },
  'REFRESH for what was missed': () => {
    const add = message('ADD', ...markedText(vevent(...usual, 'SEQUENCE:1', `ATTENDEE:${b}`)));
    return process(add, undefined, context(b)).judgement.replies;
  },
  'free-busy REPLY': () => {
    const at = (text: string) => utcZone.toEpoch(parseDateValue(text));
    const request = message(
      'REQUEST',
      ...markedText(
        [
          'BEGIN:VFREEBUSY',
          'UID:u',
          'DTSTAMP:20261101T000000Z',
          'DTSTART:20261109T000000Z',
          'DTEND:20261110T000000Z',
          `ORGANIZER;SCHEDULE-STATUS=1.0:${o}`,
          `ATTENDEE;SCHEDULE-STATUS=1.0:${b}`,
          'END:VFREEBUSY',
        ].join('\n'),
      ),
    );
    const periods = [{ start: at('20261109T100000Z'), end: at('20261109T110000Z'), type: 'BUSY' as const }];
    const range = { start: at('20261109T000000Z'), end: at('20261110T000000Z') };
    return [freeBusyReply(request, { ...guest, periods }), freeBusyPublication({ ...guest, periods, uid: 'u', range })];
  },
  'answer of a room': () => {
    const answered = autoSchedule(kept([`ATTENDEE:${b}`]), {
      ...guest,
      now: epochMs(Date.UTC(2026, 10, 1)),
      mode: 'automatic',
      busy: [{ start: epochMs(Date.UTC(2026, 10, 12, 9)), end: epochMs(Date.UTC(2026, 10, 12, 10)), type: 'BUSY' }],
    });
    return answered ? [answered.message] : [];
  },
};

/** Components with our marks in every line. */
function markedText(text: string): readonly string[] {
  const calendar = markedAll(vcalendar(undefined, text));
  return calendar.children.flatMap((child) =>
    child.kind === 'component'
      ? [
          unfolded({ ...calendar, children: [child] })
            .split('\n')
            .slice(1, -2)
            .join('\n'),
        ]
      : [],
  );
}

describe('what only the house should know stays in the house', () => {
  it.each(Object.entries(kinds))('%s', (_, make) => {
    const messages = make();
    expect(messages).not.toEqual([]);
    for (const each of messages) expect(unfolded(each.calendar)).not.toMatch(houseMark);
  });
});
