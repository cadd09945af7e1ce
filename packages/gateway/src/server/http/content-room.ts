/** How much content all requests of a listener may hold together. */
export interface ContentRoom {
  /** One request's share: it grows while its content arrives. */
  open(): ContentShare;
}

export interface ContentShare {
  /** @returns false where there is no room for so many octets more. */
  take(octets: number): boolean;
  /** Gives everything back; from now on there is no room. */
  close(): void;
}

/**
 * Makes room for content: one request's limit says nothing about ten thousand of them.
 *
 * @param maxOctets - of all shares together.
 * @throws nothing.
 */
export function createContentRoom(maxOctets: number): ContentRoom {
  let taken = 0;
  return {
    open() {
      let share = 0;
      let closed = false;
      return {
        take(octets) {
          if (closed || taken + octets > maxOctets) return false;
          taken += octets;
          share += octets;
          return true;
        },
        close() {
          taken -= share;
          share = 0;
          closed = true;
        },
      };
    },
  };
}
