import { type Component, propertyValue } from '@isched/icalendar';
import { describe, expect } from 'vitest';
import { checkCases } from '../../../../conformance/support/corpus-cases.ts';
import { onCreate, onUpdate } from '../../src/index.ts';
import { address, calendar, now } from '../support/calendar.ts';
import { corpusFiles, corpusJson, corpusNote, corpusThere } from '../support/corpus.ts';

interface Step {
  readonly op: string;
  readonly body?: string;
  readonly path?: readonly string[];
  readonly equals?: unknown;
  readonly notifications?: readonly {
    readonly recipient: string;
    readonly method: string;
    readonly is_update?: boolean;
  }[];
}

/** Under which address the person of the case acts. */
const users: Readonly<Record<string, string>> = {
  'invite_plusaddr.json': 'mailto:cassandane%2Btest@example.com',
  'reply_scheduleaddress.json': 'mailto:othercas@example.com',
};

describe.skipIf(!corpusThere)(`who is told of a change in Cyrus's CalDAV cases${corpusNote}`, () => {
  // Cyrus notifies people; what only keeps their copies alike is what we call insignificant.
  const files = corpusFiles('itip/cyrus-caldav', '.json').map((file) => [file.replace('.json', ''), file] as const);
  checkCases('itip/cyrus-caldav', files, (file) => {
    const { steps } = corpusJson(`itip/cyrus-caldav/${file}`) as { steps: readonly Step[] };
    const user = address(users[file] ?? 'mailto:cassandane@example.com');
    let stored: Component | undefined;
    let told: readonly string[] = [];
    let checks = 0;
    for (const step of steps) {
      if (step.op === 'put') {
        const after = calendar(step.body ?? '');
        const done = stored ? onUpdate(stored, after, { user, now }) : onCreate(after, { user, now });
        told = done.messages
          .filter(({ significant }) => significant)
          .flatMap(({ to, message }) =>
            to.map((each) => `${message.method} ${each.toLowerCase().replace('mailto:', '')}`),
          );
        stored = done.stored;
      }
      if (step.op === 'expect_notifications') {
        const expected = (step.notifications ?? []).map(({ method, recipient }) => `${method} ${recipient}`);
        expect(told.toSorted()).toEqual(expected.toSorted());
        checks += 1;
      }
      if (step.op === 'expect' && step.path?.[1] === 'imip') {
        expect(told.length).toBe(step.equals);
        checks += 1;
      }
    }
    expect(checks).toBeGreaterThan(0);
    expect(stored && propertyValue(stored, 'VERSION')).toBe('2.0');
  });
});
