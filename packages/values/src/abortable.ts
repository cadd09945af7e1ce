/** The last parameter of whatever can wait. */
export interface Abortable {
  readonly signal?: AbortSignal | undefined;
}
