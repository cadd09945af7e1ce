import { fieldValues, type HttpField } from '@isched/runtime';

/**
 * What a parser lets pass, though two programs could read two different requests out of it: the lenient one nearly
 * anything, the strict one codings beside chunked, which it does not take off.
 *
 * @returns what is wrong, or nothing.
 * @throws nothing.
 * @see RFC 9112 §6.1, §6.3; docs/decisions/0063.
 */
export function framingFault(fields: readonly HttpField[]): string | undefined {
  const lengths = fieldValues(fields, 'Content-Length');
  const codings = fieldValues(fields, 'Transfer-Encoding');
  if (lengths.length > 0 && codings.length > 0) return 'Content-Length beside Transfer-Encoding';
  if (lengths.length > 1) return 'more than one Content-Length';
  if (lengths.some((length) => !/^\d{1,15}$/.test(length))) return 'a Content-Length that is no number';
  if (codings.length > 1 || codings.some((coding) => coding.toLowerCase() !== 'chunked'))
    return 'a Transfer-Encoding other than chunked';
  if (fields.some((field) => !isToken(field.name))) return 'a field name with forbidden characters';
  if (fields.some((field) => /[\0\r\n]/.test(field.value))) return 'a field value with control characters';
  return undefined;
}

function isToken(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name);
}
