import { type Component, properties, propertyValue } from '@isched/icalendar';
import { describe, expect, it } from 'vitest';
import { onAnswer, type Outgoing, type OutgoingContext, respond } from '../../src/index.ts';
import { address, context, message, now, process, unfolded, vcalendar, vevent } from '../support/calendar.ts';

const organizer = 'mailto:o@example.com';
const mail = (name: string): string => `mailto:${name}@example.com`;
const usual = ['DTSTAMP:20261101T000000Z', 'SEQUENCE:3', 'DTSTART:20261109T100000Z', 'DURATION:PT1H', 'SUMMARY:x'];

function meeting(names: readonly string[], ...more: readonly string[]): Component {
  return vcalendar(undefined, vevent(...usual, ...more, ...names.map((name) => `ATTENDEE:${mail(name)}`)));
}

/** One of them answers; the organizer's server tells the others. */
function answered(stored: Component, name: string, lines: readonly string[] = []): readonly [Component, Component] {
  const said = vevent('DTSTAMP:20261102T000000Z', 'SEQUENCE:3', ...lines, `ATTENDEE;PARTSTAT=ACCEPTED:${mail(name)}`);
  const { stored: after } = process(message('REPLY', said), stored, context(organizer));
  return [stored, after as Component];
}

function tell([before, after]: readonly [Component, Component], more: Partial<OutgoingContext> = {}): Outgoing {
  return onAnswer(before, after, { user: address(organizer), now, ...more });
}

const recipients = ({ messages }: Outgoing): readonly string[] => messages.flatMap(({ to }) => to).toSorted();

describe('an answer, told to the others', () => {
  it('T114: goes to all but the one who answered, quietly, and as the version they know', () => {
    const told = tell(answered(meeting(['b', 'c', 'd']), 'b'));
    expect(recipients(told)).toEqual([mail('c'), mail('d')]);
    expect(told.messages).toHaveLength(1);
    expect(told.messages[0]).toMatchObject({ significant: false, changes: [{ properties: ['ATTENDEE'] }] });
    const text = unfolded(told.messages[0]?.message.calendar as Component);
    expect(text).toContain('METHOD:REQUEST');
    expect(text).toContain('SEQUENCE:3');
    expect(text).toContain(`ATTENDEE;PARTSTAT=ACCEPTED:${mail('b')}`);
    expect(propertyValue(told.messages[0]?.message.components[0] as Component, 'DTSTAMP')).toBe('20261123T000000Z');
  });

  it('T114: is one message, also where several answered before anybody was told', () => {
    const before = meeting(['b', 'c', 'd']);
    const [, first] = answered(before, 'b');
    const [, second] = answered(first, 'c');
    const told = tell([before, second]);
    // B and C read of each other, D of both
    expect(recipients(told)).toEqual([mail('b'), mail('c'), mail('d')]);
    expect(told.messages).toHaveLength(1);
  });

  it('T114: of an instance goes as that instance and its series, to all: it stands by itself now', () => {
    const series = meeting(['b', 'c'], 'RRULE:FREQ=DAILY;COUNT=5');
    const both = answered(series, 'b', ['RECURRENCE-ID:20261110T100000Z']);
    const told = tell(both);
    expect(recipients(told)).toEqual([mail('b'), mail('c')]);
    expect(told.messages[0]).toMatchObject({ significant: false });
    // the next answer to it is no more than an answer
    const [before, after] = answered(told.stored as Component, 'c', ['RECURRENCE-ID:20261110T100000Z']);
    expect(recipients(tell([before, after]))).toEqual([mail('b')]);
    const text = unfolded(told.messages[0]?.message.calendar as Component);
    expect(text).toContain('RECURRENCE-ID:20261110T100000Z');
    const { judgement } = process(
      message('REQUEST', ...vevents(told)),
      meeting(['b', 'c'], 'RRULE:FREQ=DAILY;COUNT=5'),
      context(mail('c')),
    );
    expect(judgement).toMatchObject({ status: 'merge', reason: 'attendees-updated', significant: false, replies: [] });
  });

  it.each([
    ['T120: nobody else is there', ['b'], {}],
    ['T120: the policy keeps answers between two', ['b', 'c', 'd'], { policy: { sharedAnswers: 0 } }],
    ['T120: there are too many', ['b', 'c', 'd'], { policy: { sharedAnswers: 2 } }],
  ] as const)('goes nowhere where %s', (_, names, more) => {
    const both = answered(meeting(names), 'b');
    const told = tell(both, more);
    expect(told.messages).toEqual([]);
    expect(told.stored && unfolded(told.stored)).toBe(unfolded(both[1]));
  });

  it('T119: goes nowhere where the meeting has no organizer any more', () => {
    const [before, after] = answered(meeting(['b', 'c']), 'b');
    const alone = vcalendar(undefined, vevent(...usual).replace(/ORGANIZER.*\n/, ''));
    expect(tell([before, alone]).messages.filter(({ message: each }) => each.method === 'REQUEST')).toEqual([]);
    expect(recipients(tell([before, after]))).toEqual([mail('c')]);
  });

  it('is no invitation: a delegate hears of the meeting from the delegator', () => {
    const before = meeting(['b', 'c']);
    const delegation = message(
      'REPLY',
      vevent(
        'DTSTAMP:20261102T000000Z',
        'SEQUENCE:3',
        `ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="${mail('e')}":${mail('b')}`,
        `ATTENDEE;DELEGATED-FROM="${mail('b')}":${mail('e')}`,
      ),
    );
    const { stored: after } = process(delegation, before, context(organizer));
    expect(recipients(tell([before, after as Component]))).toEqual([mail('c')]);
  });

  it('is told once: what says the same again is no news', () => {
    const [, after] = answered(meeting(['b', 'c']), 'b');
    const again = process(
      message('REPLY', vevent('DTSTAMP:20261104T000000Z', 'SEQUENCE:3', `ATTENDEE;PARTSTAT=ACCEPTED:${mail('b')}`)),
      after,
      context(organizer),
    );
    expect(again.judgement.reason).toBe('answered');
    expect(tell([after, again.stored as Component]).messages).toEqual([]);
  });

  it('leaves what the others said and own as it is', () => {
    const own = [`ATTENDEE;PARTSTAT=TENTATIVE:${mail('c')}`, 'X-MINE:1', 'TRANSP:TRANSPARENT'];
    const copy = vcalendar(undefined, vevent(...usual, `ATTENDEE:${mail('b')}`, ...own));
    const told = tell(answered(meeting(['b', 'c']), 'b'));
    const { judgement, text } = process(message('REQUEST', ...vevents(told)), copy, context(mail('c')));
    expect(judgement).toMatchObject({ reason: 'attendees-updated', significant: false });
    for (const line of own) expect(text).toContain(line);
    expect(text).toContain(`ATTENDEE;PARTSTAT=ACCEPTED:${mail('b')}`);
    const answer = respond(copy, { user: address(mail('c')), participationStatus: 'TENTATIVE', now });
    expect(properties(answer.message.components[0] as Component, 'ATTENDEE')).toHaveLength(1);
  });
});

function vevents({ messages }: Outgoing): readonly string[] {
  const text = unfolded(messages[0]?.message.calendar as Component);
  return [text.slice(text.indexOf('BEGIN:VEVENT'), text.lastIndexOf('END:VCALENDAR')).trim()];
}
