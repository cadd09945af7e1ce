import { type Component, formatDateValue, ianaZone, instancesOf, parseCalendar } from '@isched/icalendar';
import type { EpochMs } from '@isched/values';
import { describe, expect } from 'vitest';
import { checkCases } from '../../../../conformance/support/corpus-cases.ts';
import { checkMessage, readItipMessage } from '../../src/index.ts';
import { context, process } from '../support/calendar.ts';
import { corpusFiles, corpusNote, corpusText, corpusThere } from '../support/corpus.ts';

const folder = 'rrule/calconnect-recurrence';

/** When a calendar meets, as the streams' prose writes it. */
function meetings(calendar: Component): readonly string[] {
  const newYork = ianaZone('America/New_York');
  const local = (at: EpochMs): string => (newYork ? formatDateValue(newYork.toLocal(at)) : '');
  return instancesOf(calendar, undefined).instances.map(
    ({ start, end }) => `${local(start).slice(0, 13)}-${local(end).slice(9, 13)}`,
  );
}

describe.skipIf(!corpusThere)(`CalConnect's streams: a meeting, then its changes${corpusNote}`, () => {
  const names = corpusFiles(folder, '.ics').map((file) => file.replace('.ics', ''));
  checkCases(
    'rrule/calconnect-recurrence',
    names.map((name) => [name, name] as const),
    (name) => {
      const story = names.filter((each) => each.slice(0, 7) === name.slice(0, 7) && each <= name);
      const stored = story.reduce<Component | undefined>((kept, each) => {
        const message = readItipMessage(parseCalendar(corpusText(`${folder}/${each}.ics`)));
        return process(message, kept, context('mailto:iCalParticipant@coffeebean.com')).stored;
      }, undefined);
      const prose = corpusText(`${folder}/${name}.expected.txt`);
      const expected = [...prose.matchAll(/(\d\d)\/(\d\d)\/(\d\d)\s+(\d{4})-(\d{4})/g)].map(
        ([, month, day, year, start, end]) => `20${year}${month}${day}T${start}-${end}`,
      );
      expect(expected.length).toBeGreaterThan(2);
      expect(stored && meetings(stored)).toEqual(expected);
    },
  );
});

describe.skipIf(!corpusThere)(`messages printed in the iSchedule draft${corpusNote}`, () => {
  const files = corpusFiles('itip/ischedule-draft', 'request.ics');
  checkCases(
    'itip/ischedule-draft',
    files.map((file) => [file, file] as const),
    (file) => {
      const message = readItipMessage(parseCalendar(corpusText(`itip/ischedule-draft/${file}`)));
      expect(checkMessage(message)).toEqual([]);
    },
  );
});
