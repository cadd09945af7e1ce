import { type Component, subcomponents } from '@isched/icalendar';
import { describe, expect, it } from 'vitest';
import { checkCases } from '../../../../conformance/support/corpus-cases.ts';
import { ItipError, onCancel, onCreate, onUpdate, type Outgoing } from '../../src/index.ts';
import { address, calendar, now } from '../support/calendar.ts';
import { corpusFiles, corpusJson, corpusNote, corpusThere } from '../support/corpus.ts';
import { meaning } from '../support/meaning.ts';

interface Expected {
  readonly method?: string;
  readonly recipient?: string;
  readonly sender?: string;
  readonly significantChange?: boolean;
  readonly message?: string;
}

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly calendar_user: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly expected_messages: readonly Expected[];
  readonly expected_error: string | null;
}

/** What the suite leaves out and we say: STATUS of a meeting that is off for all (RFC 5546 §3.2.5), SUMMARY, and our own bookkeeping. */
function said(of: Component): unknown {
  return meaning(of, ['STATUS', 'SUMMARY', 'SEQUENCE', 'RECURRENCE-ID']);
}

function run(each: Case): Outgoing {
  const context = { user: address(each.calendar_user), now };
  const before = each.before === null ? undefined : calendar(each.before);
  const after = each.after === null ? undefined : calendar(each.after);
  if (before && after) return onUpdate(before, after, context);
  if (after) return onCreate(after, context);
  return before ? onCancel(before, context) : { stored: undefined, messages: [], forbidden: [] };
}

const cases = corpusFiles('itip/sabre-broker', '.json')
  .map((file) => corpusJson(`itip/sabre-broker/${file}`) as Case)
  .filter((each) => each.kind === 'local-change');

describe.skipIf(!corpusThere)(`changes people make, as sabre/vobject has them${corpusNote}`, () => {
  const named = cases.map((each) => [each.id, each] as const);
  checkCases('itip/sabre-broker, changes', named, (each) => {
    if (each.expected_error !== null) {
      expect(() => run(each)).toThrow(ItipError);
      return;
    }
    const { messages } = run(each);
    const sent = messages.flatMap(({ to, message, significant }) =>
      to.map((recipient) => ({ recipient, message, significant })),
    );
    expect(sent.length).toBe(each.expected_messages.length);
    for (const expected of each.expected_messages) {
      const found = sent.find(
        ({ recipient, message }) =>
          (expected.recipient === undefined || recipient.toLowerCase() === expected.recipient.toLowerCase()) &&
          (expected.method === undefined || message.method === expected.method),
      );
      expect(found, `${expected.method} to ${expected.recipient}`).toBeDefined();
      if (expected.significantChange !== undefined) expect(found?.significant).toBe(expected.significantChange);
      if (expected.message && found) compare(found.message.calendar, calendar(expected.message), found.recipient);
    }
  });

  it('sends nothing where nothing changed, instead of an insignificant copy', () => {
    const same = cases.filter(({ id }) => /^BrokerSignificantChangesTest.*NoChange$/.test(id));
    expect(same.length).toBe(3);
    for (const each of same) expect(run(each).messages).toEqual([]);
  });
});

function compare(ours: Component, expected: Component, recipient: string): void {
  const method = expected.children.find((child) => child.kind === 'property' && child.name === 'METHOD');
  // a cancellation names all whom it is sent to; the suite writes one for each
  const own = method?.kind === 'property' && method.value === 'CANCEL' ? onlyAttendee(ours, recipient) : ours;
  // the suite sends times in zones that it doesn't define; a message defines them
  const zones = subcomponents(expected, 'VTIMEZONE').length > 0;
  expect(said(zones ? own : withoutZones(own))).toEqual(said(expected));
  expect(
    subcomponents(ours, 'VEVENT').map((event) =>
      meaning(event).lines.filter((line) => /^(RECURRENCE-ID|SEQUENCE)/.test(line)),
    ),
  ).toEqual(
    subcomponents(expected, 'VEVENT').map((event) =>
      meaning(event).lines.filter((line) => /^(RECURRENCE-ID|SEQUENCE)/.test(line)),
    ),
  );
}

function withoutZones(of: Component): Component {
  return { ...of, children: of.children.filter((child) => child.name !== 'VTIMEZONE') };
}

function onlyAttendee(of: Component, recipient: string): Component {
  const children = of.children.map((child) =>
    child.kind === 'component'
      ? {
          ...child,
          children: child.children.filter(
            (line) =>
              line.kind !== 'property' ||
              line.name !== 'ATTENDEE' ||
              line.value.toLowerCase() === recipient.toLowerCase(),
          ),
        }
      : child,
  );
  return { ...of, children };
}
