import type { Field, HeaderCanonicalization } from '../service-template.ts';
import { fieldsByName } from './fields-by-name.ts';
import { collapse, unfold } from './white-space.ts';

const blanksAroundComma = / ?, ?/g;

/**
 * All fields of one name become one line, so that joining or splitting a list on the way does no harm, and an added
 * instance breaks the signature.
 *
 * A name that stands twice in `h=` is hashed once: its line holds every instance already, and so a list of a thousand
 * repeats costs no more than one. Whether repeats are taken at all is the template's and the policy's to say.
 *
 * @see iSchedule draft 05, "ischedule-relaxed Header Canonicalization Algorithm".
 */
export const headerIscheduleRelaxed: HeaderCanonicalization = {
  name: 'ischedule-relaxed',
  canonicalize(signedNames, fields) {
    const byName = fieldsByName(fields);
    return [...new Set(signedNames)].map((name) => canonicalLine(name, byName.get(name) ?? [])).join('');
  },
};

/** @param name - 1 in lower case. */
function canonicalLine(name: string, fields: readonly Field[]): string {
  if (fields.length === 0) return ''; // an absent field contributes nothing
  const joined = fields
    .map((field) => unfold(field.value)) // 2 unfold
    .join(','); // 3 fields of one name, in order
  const value = collapse(joined); // 4 runs of white space; 5, 6 the end, and around the colon
  return `${name}:${value.includes(',') ? value.replace(blanksAroundComma, ',') : value}\r\n`; // 7 around commas
}
