import {
  type Component,
  instancesOf,
  parameter,
  properties,
  property,
  propertyValue,
  subcomponents,
  unescapeText,
} from '@isched/icalendar';
import { describe, expect } from 'vitest';
import { checkCases } from '../../../../conformance/support/corpus-cases.ts';
import { ItipError, type ItipPolicy, readItipMessage } from '../../src/index.ts';
import { calendar, context, process, unfolded } from '../support/calendar.ts';
import { corpusFiles, corpusJson, corpusNote, corpusThere } from '../support/corpus.ts';

interface Step {
  readonly op: string;
  readonly body?: string;
  readonly message?: string;
  readonly script?: string;
  readonly path?: readonly (string | number)[];
  readonly equals?: unknown;
  readonly matches?: string;
  readonly not_matches?: string;
  readonly not_null?: boolean;
}

const user = 'mailto:cassandane@example.com';

/** The options of `processcalendar` as a policy. */
function policyOf(script: string): Partial<ItipPolicy> {
  return {
    // the older extension takes whatever is published
    publications: /:allowpublic|processimip/.test(script) ? 'accept' : 'with-organizer',
    cancelledEntry: script.includes(':deletecanceled') ? 'delete' : 'keep',
    updatesOnly: script.includes(':updatesonly'),
  };
}

/** The calendar part of a mail. */
function calendarPart(mail: string): string {
  return /BEGIN:VCALENDAR[\s\S]*END:VCALENDAR/.exec(mail)?.[0] ?? '';
}

/** An event as the cases look at it: JSCalendar's names for what they ask. */
function eventOf(of: Component): Record<string, unknown> {
  const events = subcomponents(of, 'VEVENT');
  const master = events.find((each) => !property(each, 'RECURRENCE-ID')) ?? (events[0] as Component);
  const overrides: Record<string, unknown> = {};
  for (const each of events.filter((event) => event !== master)) {
    overrides[dashed(propertyValue(each, 'RECURRENCE-ID') ?? '')] = plainEvent(each);
  }
  for (const line of properties(master, 'EXDATE')) overrides[dashed(line.value)] = { excluded: true };
  return { ...plainEvent(master), recurrenceOverrides: overrides };
}

function plainEvent(event: Component): Record<string, unknown> {
  const instance = instancesOf({ ...event, name: 'VCALENDAR', children: [event] }, undefined, { maxInstances: 1 })
    .instances[0];
  const hours = instance ? (instance.end - instance.start) / 3_600_000 : 0;
  return {
    uid: propertyValue(event, 'UID'),
    title: unescapeText(propertyValue(event, 'SUMMARY') ?? ''),
    start: dashed(propertyValue(event, 'DTSTART') ?? ''),
    duration: `PT${hours}H`,
    status: propertyValue(event, 'STATUS')?.toLowerCase(),
    sequence: Number(propertyValue(event, 'SEQUENCE') ?? 0),
    participants: Object.fromEntries(
      properties(event, 'ATTENDEE').map((line) => [
        line.value.replace(/^mailto:/i, ''),
        {
          name: parameter(line, 'CN') ?? '',
          participationStatus: (parameter(line, 'PARTSTAT') ?? 'NEEDS-ACTION').toLowerCase(),
        },
      ]),
    ),
  };
}

function dashed(text: string): string {
  return text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z?$/, '$1-$2-$3T$4:$5:$6');
}

function valueAt(from: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (key === 'length' && typeof value === 'object' && value !== null) return Object.keys(value).length;
    return (value as Record<string, unknown> | undefined)?.[key];
  }, from);
}

describe.skipIf(!corpusThere)(`messages in Cyrus's processcalendar cases${corpusNote}`, () => {
  const files = corpusFiles('itip/cyrus-sieve-imip', '.json').map((file) => [file.replace('.json', ''), file] as const);
  checkCases('itip/cyrus-sieve-imip', files, (file) => {
    const { steps } = corpusJson(`itip/cyrus-sieve-imip/${file}`) as { steps: readonly Step[] };
    let stored: Component | undefined;
    let policy: Partial<ItipPolicy> = {};
    let checks = 0;
    for (const step of steps) {
      if (step.op === 'sieve_script') policy = policyOf(step.script ?? '');
      if (step.op === 'put') stored = calendar(step.body ?? '');
      if (step.op === 'deliver') stored = deliver(step.message ?? '', stored, policy);
      if (step.op !== 'expect' || !step.path || step.path[0] === 'jmapid' || step.path[0] === 'outcome') continue;
      const from = {
        events: stored ? [eventOf(stored)] : [],
        ical: stored && unfolded(stored).replaceAll('\n', '\r\n'),
      };
      const value = valueAt(from, step.path);
      checks += 1;
      if ('equals' in step) expect(value, step.path.join('.')).toEqual(step.equals);
      if (step.not_null) expect(value, step.path.join('.')).toBeTruthy();
      if (step.matches) expect(value).toMatch(pattern(step.matches));
      if (step.not_matches) expect(value).not.toMatch(pattern(step.not_matches));
    }
    expect(checks).toBeGreaterThan(0);
  });
});

function deliver(mail: string, stored: Component | undefined, policy: Partial<ItipPolicy>): Component | undefined {
  const fallback = policy.publications === 'accept' ? 'PUBLISH' : undefined;
  try {
    const read = readItipMessage(calendar(calendarPart(mail)), { method: fallback });
    return process(read, stored, context(user, { policy })).stored;
  } catch (error) {
    expect(error).toBeInstanceOf(ItipError);
    return stored;
  }
}

function pattern(text: string): RegExp {
  return new RegExp(text.replaceAll('/', '').replaceAll('\\r\n', '\r\n'));
}
