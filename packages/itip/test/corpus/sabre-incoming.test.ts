import { describe, expect } from 'vitest';
import { checkCases } from '../../../../conformance/support/corpus-cases.ts';
import { ItipError, type ItipPolicy, readItipMessage } from '../../src/index.ts';
import { calendar, context, process } from '../support/calendar.ts';
import { corpusFiles, corpusJson, corpusNote, corpusThere } from '../support/corpus.ts';
import { meaning } from '../support/meaning.ts';

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly before: string | null;
  readonly message: string;
  readonly expected_after: string | null;
}

/** What the suite does by nature and we by policy. */
const policies: Readonly<Record<string, Partial<ItipPolicy>>> = {
  'BrokerProcessReplyTest.testReplyPartyCrasher': { uninvited: 'add' },
};

const cases = corpusFiles('itip/sabre-broker', '.json')
  .map((file) => corpusJson(`itip/sabre-broker/${file}`) as Case)
  .filter((each) => each.kind === 'incoming-message');

describe.skipIf(!corpusThere)(`messages that arrive, as sabre/vobject has them${corpusNote}`, () => {
  const named = cases.map((each) => [each.id, each] as const);
  checkCases('itip/sabre-broker, incoming', named, (each, id) => {
    const before = each.before === null ? undefined : calendar(each.before);
    const user = /REPLY/.test(each.message) ? 'mailto:bar@example.org' : 'mailto:user@example.org';
    let after = before;
    try {
      const read = readItipMessage(calendar(each.message));
      after = process(read, before, context(user, { policy: policies[id] ?? {} })).stored;
    } catch (error) {
      expect(error).toBeInstanceOf(ItipError);
    }
    // Null: the message is ignored, and what is stored stays.
    const expected = each.expected_after === null ? before : calendar(each.expected_after);
    expect(after && meaning(after)).toEqual(expected && meaning(expected));
  });
});
