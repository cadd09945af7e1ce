import type { Clock } from '@isched/runtime';
import { type EpochMs, epochMs } from '@isched/values';
import { type Lease, LeaseLost } from '../ports/delivery-queue.ts';
import type { Store } from '../ports/store.ts';

export interface LeaseKeeperDeps {
  readonly store: Store;
  readonly clock: Clock;
  /** A lease could not be renewed; it holds to its end, and there is another try before. */
  readonly onTrouble: (error: unknown) => void;
}

/** Renews the leases of work that takes longer than a lease lasts. */
export interface LeaseKeeper {
  /** Keeps a lease until it is disposed of. */
  keep(lease: Lease): KeptLease;
  /** Renews what is kept, until aborted. @throws nothing. */
  run(signal: AbortSignal): Promise<void>;
}

export interface KeptLease extends Disposable {
  /** Tells, once, when the lease is lost; at once where it is already. */
  whenLost(tell: (reason: LeaseLost) => void): void;
}

interface Kept {
  lease: Lease;
  lost: LeaseLost | undefined;
  tell: ((reason: LeaseLost) => void) | undefined;
}

/** Looks at what is kept so often while one lease lasts. */
const looksPerLease = 6;
/** A lease is renewed once less than this part of it is left: the rest is for tries that fail. */
const renewBelow = 2 / 3;

/** Makes a keeper of leases that last so long. One timer serves them all, and work that is done soon costs nothing. */
export function createLeaseKeeper(deps: LeaseKeeperDeps, leaseMs: number): LeaseKeeper {
  const all = new Set<Kept>();
  return {
    keep(lease) {
      const kept: Kept = { lease, lost: undefined, tell: undefined };
      all.add(kept);
      return {
        whenLost(tell) {
          kept.tell = tell;
          if (kept.lost) tell(kept.lost);
        },
        [Symbol.dispose]: () => void all.delete(kept),
      };
    },
    async run(signal) {
      for (;;) {
        try {
          await deps.clock.sleep(leaseMs / looksPerLease, { signal });
        } catch {
          return; // aborted
        }
        const now = deps.clock.now();
        const due = [...all].filter(({ lease, lost }) => !lost && lease.until - now < leaseMs * renewBelow);
        await Promise.all(due.map((kept) => renew(kept, deps, leaseMs)));
      }
    },
  };
}

async function renew(kept: Kept, { store, clock, onTrouble }: LeaseKeeperDeps, leaseMs: number): Promise<void> {
  try {
    kept.lease = await store.transaction((tx) => tx.queue.renew(kept.lease, termsFrom(clock.now(), leaseMs)));
  } catch (error) {
    if (error instanceof LeaseLost) return lose(kept, error);
    onTrouble(error);
    if (kept.lease.until > clock.now()) return; // it holds still
    lose(kept, new LeaseLost('the lease ran out before it could be renewed', { cause: error }));
  }
}

function termsFrom(now: EpochMs, leaseMs: number): { readonly now: EpochMs; readonly until: EpochMs } {
  return { now, until: epochMs(now + leaseMs) };
}

function lose(kept: Kept, reason: LeaseLost): void {
  kept.lost = reason;
  kept.tell?.(reason);
}
