import { type CalAddress, calAddressKey, type Component, parseCalAddress, parseCalendar } from '@isched/icalendar';
import type { DeliveryResult, RecipientOutcome, ReceiverLocator, Sender } from '@isched/ischedule';
import { type ItipMessage, readItipMessage } from '@isched/itip';
import { type Clock, mapLimit, type Random, withDeadline } from '@isched/runtime';
import { type DomainName, type EpochMs, epochMs } from '@isched/values';
import type { BusyTimes } from '../ports/calendar-objects.ts';
import {
  type Batch,
  domainLane,
  type Lane,
  laneHere,
  LeaseLost,
  type NodeId,
  receiverLane,
  type Settlement,
} from '../ports/delivery-queue.ts';
import type { CalendarUser } from '../ports/directory.ts';
import { type Store, StoreUnavailable, type StoreTransaction } from '../ports/store.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import { messageIdOf } from './message-id.ts';
import { defaultRetryPolicy, type RetryPolicy } from './retry-policy.ts';
import { recordSettlements } from './record.ts';
import { settlementOf } from './settle.ts';
import type { WakeUp } from './wake-up.ts';

export interface WorkerDeps {
  readonly store: Store;
  readonly sender: Sender;
  readonly locator: ReceiverLocator;
  /** Delivers to users of this gateway, within the transaction that settles. */
  readonly deliverWithin: (
    tx: StoreTransaction,
    message: {
      readonly itip: ItipMessage;
      readonly originator: CalAddress;
      readonly recipients: readonly CalAddress[];
    },
    now: EpochMs,
  ) => Promise<readonly DeliveryResult[]>;
  readonly busyTimes: (calendar: Component, owner: CalendarUser) => BusyTimes;
  readonly clock: Clock;
  readonly random: Random;
  readonly wakeUp: WakeUp;
  /** Told of each submission of which something was settled. */
  readonly settled: (batch: Batch) => void;
  /** What went wrong with our own work; it will be tried again. */
  readonly onTrouble: (error: unknown) => void;
}

export interface WorkerOptions {
  /** Requests under way at once. Default 64. */
  readonly maxInFlight?: number | undefined;
  /** Requests to one receiver at once. Default 4. */
  readonly perLane?: number | undefined;
  /** Recipients of one message taken together. Default 250. */
  readonly perBatch?: number | undefined;
  /** How long one batch may take, discovery and all. Milliseconds; default 90000. */
  readonly deadlineMs?: number | undefined;
  readonly retry?: RetryPolicy | undefined;
  readonly breaker?: Breaker | undefined;
}

type Limits = { readonly [K in keyof WorkerOptions]-?: Exclude<WorkerOptions[K], undefined> };

/** A lease outlives the work on it by this much, so that a slow commit does not lose it. Milliseconds. */
const leaseSlackMs = 60_000;
/** Domains of one batch looked up together. */
const domainsAtOnce = 16;
/** After trouble of our own. Milliseconds. */
const troublePauseMs = 1_000;
/** Where something is due that others hold: look again. Milliseconds. */
const lookAgainMs = 500;

/** Works on the queue until it is stopped: leases what is due, sends it, settles what became of it. */
export class Worker implements AsyncDisposable {
  readonly #deps: WorkerDeps;
  readonly #limits: Limits;
  readonly #node: NodeId;
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #running: Promise<void>;

  constructor(deps: WorkerDeps, options: WorkerOptions = {}) {
    this.#deps = deps;
    this.#limits = resolveOptions(options);
    this.#node = deps.random.token() as NodeId;
    this.#running = this.#run();
  }

  /** How many batches it is at. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** Takes nothing more, and resolves when what is under way has ended; its own requests are cut off. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.all(this.#underWay);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const batches = await this.#lease();
        for (const batch of batches) this.#begin(batch);
        if (batches.length === 0) await this.#deps.wakeUp.sleep(await this.#nextLook(), signal);
      } catch (error) {
        if (signal.aborted || (error instanceof StoreUnavailable && error.trouble === 'closed')) return;
        this.#deps.onTrouble(error);
        await this.#deps.clock.sleep(troublePauseMs, { signal }).catch(() => undefined);
      }
    }
  }

  async #lease(): Promise<readonly Batch[]> {
    const { store, clock } = this.#deps;
    const { maxInFlight, perLane, perBatch, deadlineMs, breaker } = this.#limits;
    const limit = maxInFlight - this.#underWay.size;
    if (limit <= 0) return [];
    const now = clock.now();
    const until = epochMs(now + deadlineMs + leaseSlackMs);
    const skipLanes = breaker.closedLanes(now);
    return store.transaction((tx) =>
      tx.queue.lease({ node: this.#node, limit, perLane, perBatch, skipLanes, now, until }),
    );
  }

  /** When to look again if nobody rings: batches that end do, and so does whoever adds something. */
  async #nextLook(): Promise<EpochMs | undefined> {
    const { store, clock } = this.#deps;
    const { maxInFlight, breaker } = this.#limits;
    if (this.#underWay.size >= maxInFlight) return undefined;
    const now = clock.now();
    const opening = breaker.nextOpening(now);
    const due = await store.read((view) => view.queue.nextDue({ skipLanes: breaker.closedLanes(now) }));
    const next = Math.min(opening ?? Number.POSITIVE_INFINITY, due ?? Number.POSITIVE_INFINITY);
    if (!Number.isFinite(next)) return undefined;
    return epochMs(next <= now ? now + lookAgainMs : next);
  }

  #begin(batch: Batch): void {
    const work = this.#work(batch)
      .catch((error: unknown) => {
        // Not settled: the lease runs out, and somebody takes it again.
        if (!(error instanceof LeaseLost) && !this.#stopping.signal.aborted) this.#deps.onTrouble(error);
      })
      .finally(() => {
        this.#underWay.delete(work);
        this.#deps.wakeUp.wake();
      });
    this.#underWay.add(work);
  }

  async #work(batch: Batch): Promise<void> {
    if (batch.submission.expiresAt <= this.#deps.clock.now()) return this.#giveUp(batch);
    if (batch.lane === laneHere) return this.#deliverHere(batch);
    const { breaker } = this.#limits;
    const moves = await this.#locate(batch);
    const { lane } = moves;
    const isPaused = breaker.closedLanes(this.#deps.clock.now()).includes(lane);
    const goesBack = moves.changed && (moves.split || batch.othersWait || isPaused);
    if (moves.changed) await this.#move(batch, moves, goesBack);
    if (goesBack) return;
    if (!breaker.begin(lane, this.#deps.clock.now())) return this.#giveBack(batch);
    try {
      await this.#send(batch, lane);
    } finally {
      breaker.undecided(lane);
    }
  }

  /** Which lanes the batch's domains belong to, by what discovery says now. */
  async #locate(batch: Batch): Promise<Moves> {
    const domains = [...new Set(batch.deliveries.flatMap(({ recipient }) => recipient.domain ?? []))];
    const { locator } = this.#deps;
    const signal = this.#stopping.signal;
    const located = await mapLimit(domains, domainsAtOnce, async (domain) => {
      const location = await locator.locate(domain, { signal });
      if (location.status === 'unavailable') return [domain, batch.lane] as const;
      const lane = location.status === 'located' ? receiverLane(location.receiverId) : domainLane(domain);
      return [domain, lane] as const;
    });
    const lanes = new Map<DomainName, Lane>(located);
    const distinct = new Set(lanes.values());
    const first = lanes.values().next().value ?? batch.lane;
    return { lanes, changed: distinct.size > 1 || first !== batch.lane, split: distinct.size > 1, lane: first };
  }

  async #move(batch: Batch, { lanes }: Moves, goesBack: boolean): Promise<void> {
    const { store, clock } = this.#deps;
    await store.transaction(async (tx) => {
      for (const [domain, lane] of lanes)
        await tx.queue.setLane(domain, lane === domainLane(domain) ? undefined : lane);
      if (goesBack) await tx.queue.settle(batch.lease, [], clock.now());
    });
  }

  async #giveBack(batch: Batch): Promise<void> {
    const { store, clock } = this.#deps;
    await store.transaction((tx) => tx.queue.settle(batch.lease, [], clock.now()));
  }

  async #giveUp(batch: Batch): Promise<void> {
    const settlements = batch.deliveries.map(
      ({ id }): Settlement => ({ delivery: id, state: 'dead', reason: 'sent-given-up', attempts: [] }),
    );
    await this.#settle(batch, settlements);
  }

  async #send(batch: Batch, lane: Lane): Promise<void> {
    const { clock, sender } = this.#deps;
    const { deadlineMs } = this.#limits;
    const recipients = batch.deliveries.map(({ recipient }) => parseCalAddress(recipient.address));
    const message = {
      itip: readItipMessage(parseCalendar(batch.submission.text)),
      originator: parseCalAddress(batch.submission.originator),
      recipients,
      messageId: messageIdOf(batch),
    };
    let outcomes: readonly RecipientOutcome[];
    try {
      const limits = { timeoutMs: deadlineMs, signal: this.#stopping.signal };
      outcomes = await withDeadline(clock, limits, (signal) => sender.send(message, { signal }));
    } catch (error) {
      if (this.#stopping.signal.aborted) return this.#giveBack(batch); // nothing is known: somebody tries again
      outcomes = recipients.map((recipient) => ({
        recipient,
        attempts: [],
        status: 'retry',
        tries: 'usual',
        cause: error,
      }));
    }
    this.#learn(lane, outcomes);
    await this.#settle(batch, this.#settlements(batch, outcomes));
  }

  #settlements(batch: Batch, outcomes: readonly RecipientOutcome[]): readonly Settlement[] {
    const { clock, random } = this.#deps;
    const byKey = new Map(outcomes.map((outcome) => [calAddressKey(outcome.recipient), outcome]));
    const context = { expiresAt: batch.submission.expiresAt, now: clock.now(), policy: this.#limits.retry, random };
    return batch.deliveries.flatMap((delivery) => {
      const outcome = byKey.get(delivery.recipient.key);
      return outcome ? [settlementOf(outcome, { delivery, ...context })] : [];
    });
  }

  /** What the outcomes say of the receiver. */
  #learn(lane: Lane, outcomes: readonly RecipientOutcome[]): void {
    const { breaker } = this.#limits;
    const now = this.#deps.clock.now();
    const retries = outcomes.filter((outcome) => outcome.status === 'retry' && outcome.requestStatus === undefined);
    if (outcomes.length === 0 || retries.length < outcomes.length) return breaker.succeeded(lane);
    const asked = retries.flatMap((outcome) => (outcome.status === 'retry' ? (outcome.afterMs ?? []) : []));
    const afterMs = asked.length === 0 ? undefined : Math.min(Math.max(...asked), this.#limits.retry.maxRetryAfterMs);
    breaker.failed(lane, now, afterMs === undefined ? undefined : epochMs(now + afterMs));
  }

  async #settle(batch: Batch, settlements: readonly Settlement[]): Promise<void> {
    const { store, clock, busyTimes } = this.#deps;
    await store.transaction(async (tx) => {
      const now = clock.now();
      const { superseded } = await tx.queue.settle(batch.lease, settlements, now);
      await recordSettlements(tx, { batch, settlements, superseded, now }, busyTimes);
    });
    this.#deps.settled(batch);
  }

  /** Effect, answers it gives rise to and outcome are one transaction: it happens once. */
  async #deliverHere(batch: Batch): Promise<void> {
    const { store, clock, deliverWithin, random, busyTimes } = this.#deps;
    const recipients = batch.deliveries.map(({ recipient }) => parseCalAddress(recipient.address));
    const originator = parseCalAddress(batch.submission.originator);
    const itip = readItipMessage(parseCalendar(batch.submission.text));
    await store.transaction(async (tx) => {
      const now = clock.now();
      const results = await deliverWithin(tx, { itip, originator, recipients }, now);
      const settlements = batch.deliveries.flatMap((delivery, index) => {
        const [result, recipient] = [results[index], recipients[index]];
        if (!result || !recipient) return [];
        const { requestStatus, description } = result;
        const outcome: RecipientOutcome = { recipient, attempts: [], status: 'answered', requestStatus, description };
        const context = { delivery, expiresAt: batch.submission.expiresAt, now, policy: this.#limits.retry, random };
        return [settlementOf(outcome, context)];
      });
      const { superseded } = await tx.queue.settle(batch.lease, settlements, now);
      await recordSettlements(tx, { batch, settlements, superseded, now }, busyTimes);
    });
    this.#deps.settled(batch);
  }
}

interface Moves {
  readonly lanes: ReadonlyMap<DomainName, Lane>;
  /** The lane of the first domain. */
  readonly lane: Lane;
  readonly changed: boolean;
  /** They no longer share one. */
  readonly split: boolean;
}

function resolveOptions(options: WorkerOptions): Limits {
  return {
    maxInFlight: options.maxInFlight ?? 64,
    perLane: options.perLane ?? 4,
    perBatch: options.perBatch ?? 250,
    deadlineMs: options.deadlineMs ?? 90_000,
    retry: options.retry ?? defaultRetryPolicy,
    breaker: options.breaker ?? createBreaker(),
  };
}
