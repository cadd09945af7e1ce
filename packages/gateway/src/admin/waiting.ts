/** How long an answer may be put off at once: less than the listener gives it. Milliseconds. */
const longestWaitMs = 60_000;

/** Lets so many wait at once; whoever comes on top is answered with what is there. */
export interface WaitingRoom {
  /** Waits with the work that is given the time it may take. */
  wait<T>(askedMs: number, work: (waitMs: number) => Promise<T>): Promise<T>;
}

/** @param seats - how many may wait at once. */
export function openWaitingRoom(seats: number): WaitingRoom {
  let taken = 0;
  return {
    async wait(askedMs, work) {
      if (askedMs <= 0 || taken >= seats) return work(0);
      taken += 1;
      try {
        return await work(Math.min(askedMs, longestWaitMs));
      } finally {
        taken -= 1;
      }
    },
  };
}
