import type { HeaderCanonicalization } from '../service-template.ts';
import { comparableName, selectFromBottom } from './fields-by-name.ts';
import { collapse, unfold } from './white-space.ts';

/**
 * Names in lower case, values unfolded, blanks collapsed and taken from the ends and from around the colon.
 *
 * @see RFC 6376 §3.4.2.
 */
export const headerRelaxed: HeaderCanonicalization = {
  name: 'relaxed',
  canonicalize: (signedNames, fields) =>
    selectFromBottom(signedNames, fields)
      .map((field) => `${comparableName(field.name)}:${collapse(unfold(field.value))}\r\n`)
      .join(''),
};
