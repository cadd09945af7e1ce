import { ischedule, type ReceiverEvent } from '@isched/ischedule';
import { systemClock } from '@isched/runtime';
import type { Abortable } from '@isched/values';
import { readConfiguredKeys } from '../adapters/keys/configured-keys.ts';
import { createManagement } from '../admin/management.ts';
import { createDeliver, type InboundDeps, type InboundOptions } from '../inbound/deliver.ts';
import { provisionUsers } from '../inbound/provision-users.ts';
import { createRefusalRecorder } from '../inbound/record-refusals.ts';
import type { Store } from '../ports/store.ts';
import type { Config } from './config/schema.ts';
import type { ListenerHandlers } from './http/listener.ts';
import { HttpListener } from './http-listener.ts';
import type { Logger } from './log.ts';
import { managementToken } from './management-token.ts';
import { createNetwork, networkSettings } from './network.ts';
import { logListenerEvent, logReceiverEvent } from './observe.ts';
import { createOutbound, type Outbound } from './outbound.ts';
import { isReady } from './ready.ts';
import { createReceiving } from './receiving.ts';
import { type ManagementRoutes, publicRoutes } from './routes.ts';
import { openBell, openConfiguredStore } from './store.ts';
import { keepBusyTimes, keepTidy } from './upkeep.ts';

/** How long a stop waits for answers that are under way. Milliseconds. */
export const stopDeadlineMs = 10_000;

/** What a node does: takes messages from outside, sends ours, lets itself be managed. */
export type Role = (typeof allRoles)[number];
export const allRoles = ['receiver', 'worker', 'admin'] as const;

/** Everything of a node but its management listener, running. Disposing of it stops it. */
export interface Node extends AsyncDisposable {
  /** What the management listener answers with. */
  readonly management: ManagementRoutes;
  /** Reads the certificates anew. */
  reloadCertificates(): Promise<void>;
  /** Answers at once whoever waits for something to happen. */
  endWaiting(): void;
}

/** What a node is made of. */
export interface NodePlan extends Abortable {
  readonly config: Config;
  readonly log: Logger;
  readonly roles: ReadonlySet<Role>;
}

/**
 * Puts a node together and starts it.
 *
 * @throws ConfiguredKeyError, CertificateError, StoreUnavailable; the system's error when an address is taken; the signal's
 * reason. Nothing runs on then.
 */
export async function composeNode(plan: NodePlan): Promise<Node> {
  const { config, log, roles, signal } = plan;
  await using opening = new AsyncDisposableStack();
  const keys = readConfiguredKeys(config.domains, ischedule.keyService);
  const store = opening.use(await openConfiguredStore(config, { signal }));
  await provisionUsers(store, config.users);
  const network = opening.use(createNetwork(networkSettings(config)));
  const bell = openBell(config);
  if (bell) opening.use(bell);
  const outbound = createOutbound(config, { store, bell, network, keys, log });
  const inbound: [InboundDeps, InboundOptions] = [
    { store, clock: systemClock },
    {
      limits: { rememberMs: config.receiver.claim_seconds * 1000 },
      replies: outbound.replies,
      shareAnswers: outbound.shareAnswers,
    },
  ];
  const observe = observeReceiver(store, log);
  const deliver = createDeliver(...inbound);
  const receiving = await createReceiving(config, { network, store, keys, deliver, observe });
  const management = createManagement({
    store,
    submit: outbound.submit(inbound),
    clock: systemClock,
    notices: outbound.notices,
    wake: outbound.wake,
    lifetimeMs: outbound.lifetimeMs,
    token: managementToken(config.data),
  });
  if (roles.has('worker')) opening.use(outbound.work(inbound));
  const receivers = roles.has('receiver') ? receiverListeners(config, withLog(publicRoutes(receiving), log)) : [];
  for (const listener of receivers) {
    opening.defer(async () => void (await listener.stop({ deadlineMs: stopDeadlineMs })));
    log.info({ address: await listener.start() }, 'receiver listens');
  }
  opening.use(keepHouse(plan, store, outbound));
  const running = opening.move();
  return {
    management: { ready: () => isReady(store, systemClock), ...(roles.has('admin') && { more: management }) },
    reloadCertificates: async () => void (await Promise.all(receivers.map((listener) => listener.reloadCertificate()))),
    endWaiting: () => outbound.notices.close(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function observeReceiver(store: Store, log: Logger): (event: ReceiverEvent) => void {
  const recordRefusal = createRefusalRecorder({
    store,
    clock: systemClock,
    onFailure: (error) => log.warn({ err: error }, 'a refusal could not be written down'),
  });
  return (event) => {
    logReceiverEvent(log, event);
    recordRefusal(event);
  };
}

/** What is done beside the messages, until disposed of. */
function keepHouse({ config: { retention }, log }: NodePlan, store: Store, { overdue }: Outbound): AsyncDisposable {
  const stopping = new AbortController();
  const { signal } = stopping;
  const tidied = keepTidy(
    { store, clock: systemClock, log, overdue },
    {
      decisionDays: retention.decision_days,
      messageDays: retention.message_days,
      attemptDays: retention.attempt_days,
      outcomeDays: retention.outcome_days,
    },
    { signal },
  );
  const rolled = keepBusyTimes({ store, clock: systemClock, log }, { signal });
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all([tidied, rolled]);
    },
  };
}

/** The public listener and, for peers that fold their fields, the lenient one. */
function receiverListeners({ https, lenient, receiver }: Config, handlers: ListenerHandlers): readonly HttpListener[] {
  if (!https) return [];
  const certificate = { certificateFile: https.certificate_file, keyFile: https.key_file };
  const limits = { maxHeaderOctets: receiver.max_header_octets, maxConnections: https.max_connections };
  const strict = new HttpListener(handlers, { ...https.address, certificate, limits });
  if (!lenient) return [strict];
  return [
    strict,
    new HttpListener(handlers, { ...lenient.address, certificate, limits, lenient: { allow: lenient.allow } }),
  ];
}

/** Handlers whose listener tells the log. @throws nothing. */
export function withLog(handlers: Pick<ListenerHandlers, 'handle' | 'refuse'>, log: Logger): ListenerHandlers {
  return { ...handlers, observe: (event) => logListenerEvent(log, event) };
}
