/** Numbers that change when what they stand for changes, the same on all nodes and across restarts. */
export interface Serials {
  /**
   * The serial of a thing in its present form.
   *
   * @param name - the thing, e.g. `capabilities`.
   * @param fingerprint - a text that differs whenever the thing does.
   * @returns a positive whole number: the last one while the fingerprint stays, else the next.
   */
  serialOf(name: string, fingerprint: string): Promise<number>;
}
