import { type Component, mapChildren, parseComponents, propertyValue, subcomponents } from '@isched/icalendar';
import { describe, expect } from 'vitest';
import { checkCases } from '../../../../conformance/support/corpus-cases.ts';
import { type ItipPolicy, judge, readItipMessage } from '../../src/index.ts';
import { context } from '../support/calendar.ts';
import { corpusJson, corpusNote, corpusText, corpusThere } from '../support/corpus.ts';

interface Message {
  readonly position: number;
  readonly note: string;
  readonly expect: string;
}

/** What libical calls a message, and what comes of it here. */
const reasons: Readonly<Record<string, readonly string[]>> = {
  'REQUEST-NEW': ['new-invitation'],
  'REQUEST-RESCHEDULE': ['rescheduled'],
  'REQUEST-UPDATE': ['updated', 'rescheduled'],
  'REQUEST-DELEGATE': ['new-invitation'],
  OBSOLETE: ['outdated'],
  'REPLY-ACCEPT': ['answered'],
  'REPLY-DECLINE': ['answered'],
  'REPLY-DELEGATE': ['delegated'],
  'REPLY-CRASHER-ACCEPT': ['uninvited-refused'],
  'REPLY-CRASHER-DECLINE': ['uninvited-refused'],
  'CANCEL-EVENT': ['cancelled'],
  COUNTER: ['proposal-for-organizer'],
  'PUBLISH-UPDATE': ['new-publication', 'updated'],
  'PUBLISH-FREEBUSY': ['busy-time-not-kept'],
};

/** The suite looks at no organizer: its messages and its store name different ones. */
const policy: Partial<ItipPolicy> = { organizerChange: 'accept' };

/** The stream puts an empty line between calendars, and one address has no scheme. */
function calendars(file: string): readonly Component[] {
  return parseComponents(corpusText(`itip/libical/${file}`).replaceAll(/(\r?\n){2,}/g, '\r\n')).filter(
    ({ name }) => name === 'VCALENDAR',
  );
}

/** What is stored under the message's UID: the last version of it. */
function storedFor(message: Component, store: readonly Component[]): Component | undefined {
  const uid = (of: Component): string | undefined =>
    subcomponents(of).flatMap((each) => propertyValue(each, 'UID') ?? [])[0];
  const found = store.find((each) => uid(each) === uid(message));
  return found && mapChildren(found, (child) => (child.name === 'METHOD' ? undefined : child));
}

describe.skipIf(!corpusThere)(`messages that libical classifies${corpusNote}`, () => {
  const listed = corpusThere
    ? (corpusJson('itip/libical/index.json') as { readonly messages: readonly Message[] }).messages
    : [];
  const incoming = corpusThere ? calendars('incoming.ics') : [];
  const store = corpusThere ? calendars('classify-store.ics') : [];
  const named = listed.map((each) => [each.note.replaceAll('\\,', ','), each] as const);
  checkCases('itip/libical, classified', named, ({ position, expect: expected }) => {
    const message = readItipMessage(incoming[position] as Component);
    const isAnswer = message.method === 'REPLY' || message.method === 'COUNTER';
    const user = isAnswer ? 'mailto:A@example.com' : 'mailto:D@example.com';
    const { reason } = judge(message, storedFor(message.calendar, store), context(user, { policy }));
    expect(reasons[expected]).toContain(reason);
  });
});

describe.skipIf(!corpusThere)(`the examples of RFC 2446 as libical has them${corpusNote}`, () => {
  const examples = corpusThere ? calendars('rfc2446-examples.ics') : [];
  const named = examples.map((calendar, at) => [`${at + 1} ${propertyValue(calendar, 'METHOD')}`, calendar] as const);
  checkCases('itip/libical, RFC 2446', named, (calendar) => {
    expect(readItipMessage(calendar).components.length).toBeGreaterThan(0);
  });
});
