import { ischedule, type ReceiverEvent } from '@isched/ischedule';
import { systemClock } from '@isched/runtime';
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
import { createOutbound } from './outbound.ts';
import { createReceiving } from './receiving.ts';
import { managementRoutes, publicRoutes } from './routes.ts';
import { openBell, openConfiguredStore } from './store.ts';
import { keepBusyTimes, keepTidy } from './upkeep.ts';

/** How long a stop waits for answers that are under way. Milliseconds. */
const stopDeadlineMs = 10_000;

/** A running gateway. Disposing of it stops it: no more connections, what is under way is answered, the store closed. */
export interface Gateway extends AsyncDisposable {
  /** Reads the certificates anew. */
  reloadCertificates(): Promise<void>;
}

/** What a node does: takes messages from outside, sends ours, lets itself be managed. */
export type Role = (typeof allRoles)[number];
export const allRoles = ['receiver', 'worker', 'admin'] as const;

/**
 * Puts a gateway together and starts it.
 *
 * @throws ConfiguredKeyError, CertificateError, StoreUnavailable; the system's error when an address is taken. Nothing
 * runs on then.
 */
export async function startGateway(
  config: Config,
  log: Logger,
  roles: ReadonlySet<Role> = new Set(allRoles),
): Promise<Gateway> {
  await using opening = new AsyncDisposableStack();
  const keys = readConfiguredKeys(config.domains, ischedule.keyService);
  const store = opening.use(await openConfiguredStore(config));
  await provisionUsers(store, config.users);
  const network = opening.use(createNetwork(networkSettings(config)));
  const bell = openBell(config);
  if (bell) opening.use(bell);
  const outbound = createOutbound(config, { store, bell, network, keys, log });
  const inbound: [InboundDeps, InboundOptions] = [
    { store, clock: systemClock },
    { limits: { rememberMs: config.receiver.claim_seconds * 1000 }, replies: outbound.replies },
  ];
  const recordRefusal = createRefusalRecorder({
    store,
    clock: systemClock,
    onFailure: (error) => log.warn({ err: error }, 'a refusal could not be written down'),
  });
  const observe = (event: ReceiverEvent): void => {
    logReceiverEvent(log, event);
    recordRefusal(event);
  };
  const receiving = await createReceiving(config, {
    network,
    store,
    keys,
    deliver: createDeliver(...inbound),
    observe,
  });
  const submit = outbound.submit(inbound);
  const management = createManagement({
    store,
    submit,
    clock: systemClock,
    wake: outbound.wake,
    lifetimeMs: outbound.lifetimeMs,
    token: managementToken(config.data),
  });

  const receivers = roles.has('receiver') ? receiverListeners(config, withLog(publicRoutes(receiving), log)) : [];
  const health = managementRoutes({ ready: () => isReady(store), ...(roles.has('admin') && { more: management }) });
  if (roles.has('worker')) opening.use(outbound.work(inbound));
  const listeners = [...receivers, new HttpListener(withLog(health, log), config.management.address)];
  for (const listener of listeners) {
    opening.defer(async () => void (await listener.stop({ deadlineMs: stopDeadlineMs })));
    const address = await listener.start();
    log.info({ address }, listener === listeners.at(-1) ? 'management listens' : 'receiver listens');
  }
  const tidying = new AbortController();
  const tidied = keepTidy(
    { store, clock: systemClock, log, giveUpOverdue: outbound.giveUpOverdue },
    {
      decisionDays: config.retention.decision_days,
      messageDays: config.retention.message_days,
      attemptDays: config.retention.attempt_days,
      outcomeDays: config.retention.outcome_days,
    },
    { signal: tidying.signal },
  );
  const rolled = keepBusyTimes({ store, clock: systemClock, log }, { signal: tidying.signal });
  opening.defer(async () => {
    tidying.abort();
    await Promise.all([tidied, rolled]);
  });
  const running = opening.move();
  return {
    reloadCertificates: async () => void (await Promise.all(receivers.map((listener) => listener.reloadCertificate()))),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
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

function withLog(handlers: Pick<ListenerHandlers, 'handle' | 'refuse'>, log: Logger): ListenerHandlers {
  return { ...handlers, observe: (event) => logListenerEvent(log, event) };
}

/** Ready is who can make something durable. */
async function isReady(store: Store): Promise<boolean> {
  await store.transaction(() => Promise.resolve());
  return true;
}
