import type { HeaderCanonicalization } from '../service-template.ts';
import { selectFromBottom } from './fields-by-name.ts';

/**
 * Fields as they came: case, blanks and folds kept.
 *
 * @see RFC 6376 §3.4.1.
 */
export const headerSimple: HeaderCanonicalization = {
  name: 'simple',
  canonicalize: (signedNames, fields) =>
    selectFromBottom(signedNames, fields)
      .map((field) => `${field.name}:${field.value}\r\n`)
      .join(''),
};
