import { fieldValue, fieldValues } from '@isched/runtime';
import { expect, it } from 'vitest';

const fields = [
  { name: 'Recipient', value: ' mailto:a@example.com' },
  { name: 'X', value: 'x' },
  { name: 'recipient', value: '\tmailto:b@example.com, mailto:c@example.com  ' },
];

it('[Q13] finds fields in whatever case, in order, repeats apart, blanks around trimmed', () => {
  expect(fieldValues(fields, 'RECIPIENT')).toEqual([
    'mailto:a@example.com',
    'mailto:b@example.com, mailto:c@example.com',
  ]);
  expect(fieldValue(fields, 'Recipient')).toBe('mailto:a@example.com');
});

it('knows none where there is none', () => {
  expect(fieldValues(fields, 'Originator')).toEqual([]);
  expect(fieldValue(fields, 'Originator')).toBeUndefined();
});

it('trims a value that is all blanks but its ends, in a time that grows with its length only', () => {
  const blanks = '\t '.repeat(1_000_000);
  expect(fieldValue([{ name: 'X', value: `a${blanks}b` }], 'x')).toHaveLength(blanks.length + 2);
  expect(fieldValues([{ name: 'X', value: `${blanks}b${blanks}` }], 'x')).toEqual(['b']);
});
