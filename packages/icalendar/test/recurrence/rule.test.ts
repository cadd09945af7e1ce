import { describe, expect, it } from 'vitest';
import { formatRecurrenceRule, parseRecurrenceRule } from '../../src/recurrence/rule.ts';
import { codeOf } from '../support/calendars.ts';

describe('recurrence rules', () => {
  it.each([
    'FREQ=DAILY',
    'FREQ=WEEKLY;COUNT=10;INTERVAL=2;BYDAY=MO,WE;WKST=SU',
    'FREQ=MONTHLY;UNTIL=20271231T230000Z;BYDAY=-1FR,2TU',
    'FREQ=YEARLY;BYSECOND=0,30;BYMINUTE=15;BYHOUR=8,9;BYMONTHDAY=-1;BYYEARDAY=1,-1;BYWEEKNO=20;BYMONTH=1,12;BYSETPOS=-1',
    'RSCALE=HEBREW;FREQ=YEARLY;BYMONTHDAY=8;BYMONTH=5L;SKIP=FORWARD',
    'RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD',
  ])('are read and written: %s', (text) => {
    expect(formatRecurrenceRule(parseRecurrenceRule(text))).toBe(text);
  });

  it('are read in any order and case, with blanks and a final semicolon', () => {
    expect(formatRecurrenceRule(parseRecurrenceRule('byday= mo ,we;interval=2;freq=weekly;X-A=1;'))).toBe(
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE',
    );
  });

  it.each([
    '',
    'COUNT=3',
    'FREQ=SOMETIMES',
    'FREQ=DAILY;FREQ=DAILY',
    'FREQ=DAILY;BYEASTER=0',
    'FREQ=DAILY;COUNT=0',
    'FREQ=DAILY;COUNT=-1',
    'FREQ=DAILY;COUNT=99999999999',
    'FREQ=DAILY;INTERVAL=0',
    'FREQ=DAILY;INTERVAL=2147483648',
    'FREQ=DAILY;COUNT=2;UNTIL=20260101',
    'FREQ=DAILY;UNTIL=tomorrow',
    'FREQ=DAILY;UNTIL=20260230',
    'FREQ=DAILY;BYMONTH=0',
    'FREQ=DAILY;BYMONTH=13',
    'FREQ=DAILY;BYMONTH=5L',
    'FREQ=DAILY;BYMONTHDAY=32',
    'FREQ=YEARLY;BYYEARDAY=367',
    'FREQ=YEARLY;BYWEEKNO=54',
    'FREQ=YEARLY;BYWEEKNO=0',
    'FREQ=DAILY;BYHOUR=24',
    'FREQ=DAILY;BYHOUR=-1',
    'FREQ=DAILY;BYMINUTE=60',
    'FREQ=DAILY;BYSECOND=61',
    'FREQ=MONTHLY;BYDAY=0MO',
    'FREQ=MONTHLY;BYDAY=54MO',
    'FREQ=MONTHLY;BYDAY=MOO',
    'FREQ=WEEKLY;BYDAY=1MO',
    'FREQ=DAILY;BYDAY=1MO',
    'FREQ=YEARLY;BYWEEKNO=10;BYDAY=1MO',
    'FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0',
    'FREQ=MONTHLY;BYDAY=',
    'FREQ=WEEKLY;WKST=XX',
    'FREQ=DAILY;SKIP=FORWARD',
    'RSCALE=HEBREW;FREQ=YEARLY;SKIP=SIDEWAYS',
    `FREQ=DAILY;BYHOUR=${'1,'.repeat(2_000)}1`,
  ])('are refused: %s', (text) => {
    expect(codeOf(() => parseRecurrenceRule(text))).toBe('invalid-recurrence');
  });
});
