import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCalendar } from '@isched/icalendar';
import { describe, expect } from 'vitest';
import { checkCases } from '../../../../conformance/support/corpus-cases.ts';
import { readItipMessage } from '../../src/index.ts';
import { corpusJson, corpusNote, corpusRoot, corpusThere } from '../support/corpus.ts';
import { calendarParts } from '../support/mail.ts';

interface Mail {
  readonly file: string;
  readonly calendar_parts?: readonly { readonly method: string | null; readonly uid: string | null }[];
}

describe.skipIf(!corpusThere)(`the calendars of mails, as far as iTIP reads them${corpusNote}`, () => {
  const mails = corpusThere ? (corpusJson('imip/index.json') as { readonly messages: readonly Mail[] }).messages : [];
  checkCases(
    'imip',
    mails.map((mail) => [mail.file, mail] as const),
    ({ file, calendar_parts: listed }) => {
      const parts = calendarParts(readFileSync(join(corpusRoot, 'imip', file), 'latin1'));
      expect(parts.length).toBe(listed?.length ?? parts.length);
      expect(parts.length).toBeGreaterThan(0);
      parts.forEach(({ text, method }, at) => {
        const message = readItipMessage(parseCalendar(text.trimStart()), { method });
        expect(message.method).toBe((listed?.[at]?.method ?? method)?.toUpperCase());
        expect(message.uid.startsWith(listed?.[at]?.uid ?? '')).toBe(true); // the index knows the first line of a folded one
      });
    },
  );
});
