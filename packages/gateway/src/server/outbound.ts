import { systemClock, systemRandom } from '@isched/runtime';
import type { OwnKeys } from '../adapters/keys/configured-keys.ts';
import { createBusyTimes } from '../inbound/busy-times.ts';
import {
  createDeliverInbound,
  createDeliverWithin,
  type InboundDeps,
  type InboundOptions,
  type ReplyQueue,
} from '../inbound/deliver.ts';
import { inboundFromHere } from '../inbound/inbound-message.ts';
import type { ShareAnswers } from '../inbound/share-answer.ts';
import { createAsk } from '../outbound/ask.ts';
import { enqueueReply } from '../outbound/enqueue.ts';
import { createNotices, type Notices } from '../outbound/notices.ts';
import { createOverdue, type Overdue } from '../outbound/overdue.ts';
import { createSubmit, type Submit } from '../outbound/submit.ts';
import { createWakeUp } from '../outbound/wake-up.ts';
import { Worker } from '../outbound/worker.ts';
import { busyHorizon, resolveInboundLimits } from '../policy/inbound-limits.ts';
import type { BusyTimesOf } from '../inbound/busy-times.ts';
import type { Bell } from '../ports/bell.ts';
import type { Fallback } from '../ports/fallback.ts';
import type { Store } from '../ports/store.ts';
import type { Config } from './config/schema.ts';
import type { Logger } from './log.ts';
import type { Network } from './network.ts';
import { fallbackPolicyOf, retryPolicyOf, shareAnswersOf, workerOptionsOf } from './outbound-limits.ts';
import { createSending } from './sending.ts';

export interface OutboundParts {
  readonly store: Store;
  /** Tells other nodes. */
  readonly bell?: Bell | undefined;
  readonly network: Network;
  readonly keys: OwnKeys;
  /** Another way for what iSchedule can't carry. */
  readonly fallback?: Fallback | undefined;
  readonly log: Logger;
}

type Inbound = readonly [InboundDeps, InboundOptions];

/** The way out of this gateway, its parts tied together. */
export interface Outbound {
  /** Where answers that messages give rise to are put. */
  readonly replies: ReplyQueue;
  /** Who is told what others answered. */
  readonly shareAnswers: ShareAnswers | undefined;
  submit(inbound: Inbound): Submit;
  /** Begins to work on the queue. */
  work(inbound: Inbound): Worker;
  /** Looks after what waits in vain. */
  readonly overdue: Overdue;
  /** Something in the queue was changed. */
  readonly wake: () => void;
  /** How long a message is tried. Milliseconds. */
  readonly lifetimeMs: number;
  /** Tells of what is settled on this node. */
  readonly notices: Notices;
}

/**
 * The outbound side as the configuration describes it.
 *
 * @throws TypeError when a static route can't be used.
 */
export function createOutbound(config: Config, parts: OutboundParts): Outbound {
  const { store, bell, network, keys, log } = parts;
  const fallback = parts.fallback && { way: parts.fallback, policy: fallbackPolicyOf(config) };
  const clock = systemClock;
  const wakeUp = createWakeUp(clock);
  const notices = createNotices(clock);
  const wake = (): void => {
    wakeUp.wake();
    bell?.ring();
  };
  bell?.onRing(() => wakeUp.wake());
  const { sender, asker, locator } = createSending(config, keys, network);
  const ownDomains = new Set(config.domains.map((domain) => domain.name));
  const { lifetimeMs } = retryPolicyOf(config.outbound);
  const limits = resolveInboundLimits();
  const busyTimes: BusyTimesOf = (calendar, owner) =>
    createBusyTimes({ horizon: busyHorizon(clock.now(), limits), maxInstances: limits.maxBusyInstances })(
      calendar,
      owner,
    );
  const workerOptions = workerOptionsOf(config.outbound);
  return {
    wake,
    lifetimeMs,
    notices,
    shareAnswers: shareAnswersOf(config, fallback?.policy),
    overdue: createOverdue({ busyTimes, fallback: fallback?.policy }),
    replies: {
      async add(tx, reply, now) {
        await enqueueReply(tx, reply, { ownDomains, lifetimeMs, now });
      },
      added: wake,
    },
    submit(inbound) {
      const deliverInbound = createDeliverInbound(...inbound);
      const ask = createAsk({
        sender: asker,
        deliverHere: (submission, options) => deliverInbound(inboundFromHere(submission), options),
        ownDomains,
      });
      return createSubmit({ store, ask, ownDomains, busyTimes, lifetimeMs, clock, notices, wake });
    },
    work([, options]) {
      const deliverWithin = createDeliverWithin(options);
      return new Worker(
        {
          store,
          sender,
          locator,
          fallback,
          deliverWithin: (tx, message, now) => deliverWithin(tx, inboundFromHere(message), now),
          busyTimes,
          clock,
          random: systemRandom,
          wakeUp,
          settled: ({ submission }) => notices.settled(submission.id),
          superseded: ({ submission }) => notices.settled(submission.id),
          onTrouble: (error) => log.warn({ err: error }, 'the queue could not be worked on; it will be tried again'),
        },
        workerOptions,
      );
    },
  };
}
