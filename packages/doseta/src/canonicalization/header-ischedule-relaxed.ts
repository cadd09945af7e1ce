import type { Field, HeaderCanonicalization } from '../service-template.ts';
import { comparableName } from './fields-by-name.ts';
import { collapse, unfold } from './white-space.ts';

const blanksAroundComma = / ?, ?/g;

/**
 * All fields of one name become one line, so that joining or splitting a list on the way does no harm, and an added
 * instance breaks the signature. A name without a field contributes nothing.
 *
 * A name that stands twice in `h=` is hashed once: its line holds every instance already, and so a list of a thousand
 * repeats costs no more than one. Whether repeats are taken at all is the template's and the policy's to say.
 *
 * @see iSchedule draft 05, "ischedule-relaxed Header Canonicalization Algorithm".
 */
export const headerIscheduleRelaxed: HeaderCanonicalization = {
  name: 'ischedule-relaxed',
  canonicalize(signedNames, fields) {
    let lines = '';
    joinedValues(signedNames, fields).forEach((value, name) => {
      // 4 runs of white space; 5, 6 the end, and around the colon; 7 around commas
      if (value !== undefined) lines += `${name}:${withoutBlanksAroundCommas(collapse(value))}\r\n`;
    });
    return lines;
  },
};

/** 1 lower-case names, in the order of `h=`; 2 unfolded values; 3 joined with a comma, in the order of the fields. */
function joinedValues(
  signedNames: readonly string[],
  fields: readonly Field[],
): ReadonlyMap<string, string | undefined> {
  const values = new Map<string, string | undefined>();
  for (const name of signedNames) values.set(name, undefined);
  for (const field of fields) {
    const name = comparableName(field.name);
    if (!values.has(name)) continue;
    const before = values.get(name);
    values.set(name, before === undefined ? unfold(field.value) : `${before},${unfold(field.value)}`);
  }
  return values;
}

function withoutBlanksAroundCommas(value: string): string {
  return value.includes(', ') || value.includes(' ,') ? value.replace(blanksAroundComma, ',') : value;
}
