const selector = /^[\w-]{1,63}(?:\.[\w-]{1,63})*$/;

/**
 * Says whether a text is a selector: labels of letters, digits, `-` and `_`, with dots between them. Nothing else may get
 * into a name, a URL or a file name.
 *
 * @throws nothing.
 * @see RFC 6376 §3.1; the underscore is seen in deployed selectors.
 */
export function isSelector(text: string): boolean {
  return selector.test(text);
}
