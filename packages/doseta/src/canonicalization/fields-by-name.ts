import type { Field } from '../service-template.ts';
import { withoutBlanksAtEnd } from './white-space.ts';

/**
 * A field's name as names compare: lower case, without the blanks that mail allows before the colon.
 *
 * @throws nothing.
 */
export function comparableName(name: string): string {
  return withoutBlanksAtEnd(name).toLowerCase();
}

/** Fields under their comparable names, each name's in their order. */
export type FieldsByName = ReadonlyMap<string, readonly Field[]>;

/**
 * Gathers fields of one name, in their order, so that choosing among many fields stays linear.
 *
 * @throws nothing.
 */
export function fieldsByName(fields: readonly Field[]): FieldsByName {
  return gather(fields);
}

function gather(fields: readonly Field[]): Map<string, Field[]> {
  const byName = new Map<string, Field[]>();
  for (const field of fields) {
    const name = comparableName(field.name);
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [field]);
    else same.push(field);
  }
  return byName;
}

/**
 * The fields that a list of names selects: each time a name stands in the list it takes the next instance, from the
 * bottom of the header up; a name without a (further) field takes nothing.
 *
 * @throws nothing.
 * @see RFC 6376 §5.4.2.
 */
export function selectFromBottom(signedNames: readonly string[], fields: readonly Field[]): readonly Field[] {
  const byName = gather(fields);
  return signedNames.map((name) => byName.get(name)?.pop()).filter((field) => field !== undefined);
}
