import { type EpochMs, epochMs } from '@isched/values';
import type { Lane } from '../ports/delivery-queue.ts';

/** When a receiver is left alone, and for how long. */
export interface BreakerOptions {
  /** Requests in a row that reached nobody. Default 3. */
  readonly failures: number;
  /** The first pause. Milliseconds; default 30000. */
  readonly firstPauseMs: number;
  /** The longest. Milliseconds; default fifteen minutes. */
  readonly maxPauseMs: number;
}

export const defaultBreaker: BreakerOptions = { failures: 3, firstPauseMs: 30_000, maxPauseMs: 900_000 };

/**
 * Leaves alone the lanes whose receiver does not answer, so that what waits for it costs neither time nor tries. After a
 * pause one request goes out to see. It knows nothing of that receiver's own messages to us.
 */
export interface Breaker {
  /** Lanes to leave alone now: paused ones, and those where a request is out to see. */
  closedLanes(now: EpochMs): readonly Lane[];
  /** Lanes that are paused, and until when. */
  pauses(now: EpochMs): readonly Pause[];
  /** When the first of the pauses ends; undefined: there is none. */
  nextOpening(now: EpochMs): EpochMs | undefined;
  /** A batch of the lane is about to go out. `false`: leave it, another one is out to see. */
  begin(lane: Lane, now: EpochMs): boolean;
  /** @param until - how long the peer asked us to stay away. */
  failed(lane: Lane, now: EpochMs, until?: EpochMs): void;
  succeeded(lane: Lane): void;
  /** Nothing was learned of the receiver. */
  undecided(lane: Lane): void;
  /** An operator says that the receiver may be tried. */
  forget(lane: Lane): void;
}

/** A lane that is left alone. */
export interface Pause {
  readonly lane: Lane;
  readonly until: EpochMs;
}

interface Trouble {
  readonly failures: number;
  readonly pauseMs: number;
  readonly pausedUntil: EpochMs | undefined;
  readonly probing: boolean;
}

const none: Trouble = { failures: 0, pauseMs: 0, pausedUntil: undefined, probing: false };

/** Makes a breaker for all lanes of this node; it remembers only those in trouble. */
export function createBreaker(options: BreakerOptions = defaultBreaker): Breaker {
  const troubles = new Map<Lane, Trouble>();
  const isClosed = ({ pausedUntil, probing }: Trouble, now: EpochMs): boolean =>
    pausedUntil !== undefined && (probing || pausedUntil > now);
  return {
    closedLanes: (now) => [...troubles].filter(([, trouble]) => isClosed(trouble, now)).map(([lane]) => lane),
    pauses: (now) =>
      [...troubles].flatMap(([lane, { pausedUntil: until }]) =>
        until === undefined || until <= now ? [] : { lane, until },
      ),
    nextOpening(now) {
      const ends = [...troubles.values()].flatMap(({ pausedUntil, probing }) =>
        pausedUntil === undefined || probing || pausedUntil <= now ? [] : [pausedUntil],
      );
      return ends.length === 0 ? undefined : epochMs(Math.min(...ends));
    },
    begin(lane, now) {
      const trouble = troubles.get(lane);
      if (!trouble || trouble.pausedUntil === undefined) return true;
      if (isClosed(trouble, now)) return false;
      troubles.set(lane, { ...trouble, probing: true });
      return true;
    },
    failed(lane, now, until) {
      const before = troubles.get(lane) ?? none;
      const failures = before.failures + 1;
      const paused = failures >= options.failures || until !== undefined;
      const fresh = before.pausedUntil === undefined || before.probing || before.pausedUntil <= now;
      const pauseMs = !paused
        ? before.pauseMs
        : fresh
          ? Math.min(options.maxPauseMs, Math.max(options.firstPauseMs, before.pauseMs * 2))
          : before.pauseMs;
      const end = paused ? epochMs(Math.max(now + pauseMs, until ?? 0, before.pausedUntil ?? 0)) : undefined;
      troubles.set(lane, { failures, pauseMs, pausedUntil: end, probing: false });
    },
    succeeded: (lane) => void troubles.delete(lane),
    forget: (lane) => void troubles.delete(lane),
    undecided(lane) {
      const trouble = troubles.get(lane);
      if (trouble?.probing === true) troubles.set(lane, { ...trouble, probing: false });
    },
  };
}
