import {
  cachedKeySource,
  createSigner,
  createVerifier,
  dnsTxtKeySource,
  generateKeyPair,
  keyRecordText,
  type SigningIdentity,
  zoneFileText,
} from '@isched/doseta';
import { parseCalAddress, parseCalendar } from '@isched/icalendar';
import {
  createLocator,
  createPeerCapabilities,
  createReceiver,
  createSender,
  ischedule,
  type OwnCapabilities,
  ownCapabilities,
  type OwnCapabilitiesOptions,
  type Receiver,
} from '@isched/ischedule';
import { readItipMessage } from '@isched/itip';
import { type IssuedCertificate, issueCertificate } from '@isched/lab';
import {
  cachedDns,
  type Clock,
  createDnsClient,
  createGuardedFetch,
  type HttpRequest,
  type HttpResponse,
  type PooledFetch,
  systemRandom,
} from '@isched/runtime';
import { type Abortable, type DomainName, type EpochMs, epochMs, parseDomainName } from '@isched/values';
import type { QueuedDelivery, Store } from 'isched';
import { createDeliver, createDeliverWithin, type InboundOptions } from '../../../src/inbound/deliver.ts';
import { createBusyTimes, type BusyTimesOf } from '../../../src/inbound/busy-times.ts';
import { inboundFromHere } from '../../../src/inbound/inbound-message.ts';
import { type ConfiguredUser, provisionUsers } from '../../../src/inbound/provision-users.ts';
import { enqueueReply } from '../../../src/outbound/enqueue.ts';
import { createNotices } from '../../../src/outbound/notices.ts';
import { defaultRetryPolicy } from '../../../src/outbound/retry-policy.ts';
import { createSubmit, type Submit, type Submitted } from '../../../src/outbound/submit.ts';
import { createWakeUp } from '../../../src/outbound/wake-up.ts';
import { Worker } from '../../../src/outbound/worker.ts';
import { busyHorizon, resolveInboundLimits } from '../../../src/policy/inbound-limits.ts';
import { Front } from './front.ts';
import type { Lab } from './lab.ts';
import { type Invitation, organizer, requestText } from './meetings.ts';

export interface GatewayPlan {
  readonly lab: Lab;
  readonly domain: string;
  readonly users: readonly ConfiguredUser[];
  /** Opens the store; the gateway closes it. */
  readonly openStore: () => Store | Promise<Store>;
  readonly capabilities?: Partial<OwnCapabilitiesOptions> | undefined;
  /** Another node of the same organisation: it has its keys, and leaves its zone as it is. */
  readonly nodeOf?: LocalGateway | undefined;
}

/** What runs between a start and a stop. */
interface Running {
  readonly store: Store;
  readonly worker: Worker;
  readonly receiver: Receiver;
  readonly submit: Submit;
  readonly fetch: PooledFetch;
  readonly wake: () => void;
}

/**
 * A gateway in this process, on the time of its lab: store, receiver behind a front, worker and sender, put together as
 * `server` does. It can be stopped and started; its front, its name and its keys stay.
 */
export class LocalGateway implements AsyncDisposable {
  readonly domain: DomainName;
  readonly host: DomainName;
  /** What its worker complained of. */
  readonly troubles: unknown[] = [];
  readonly #plan: GatewayPlan;
  readonly #identity: SigningIdentity;
  #front: Front | undefined;
  #running: Running | undefined;
  #skewMs = 0;
  #capabilities: OwnCapabilities;

  private constructor(plan: GatewayPlan, identity: SigningIdentity) {
    this.#plan = plan;
    this.#identity = identity;
    this.domain = parseDomainName(plan.domain);
    this.host = parseDomainName(`ischedule.${plan.domain}`);
    this.#capabilities = capabilitiesOf(1, plan);
  }

  static async open(plan: GatewayPlan): Promise<LocalGateway> {
    const signingDomain = parseDomainName(plan.domain);
    const key = plan.nodeOf ? plan.nodeOf.#identity.key : await generateKeyPair('ed25519-sha256');
    const gateway = new LocalGateway(plan, { signingDomain, selector: 'own', key });
    gateway.#front = await Front.open(await gateway.certificate(), (request, options) =>
      gateway.handle(request, options),
    );
    if (!plan.nodeOf) gateway.publish();
    await gateway.start();
    return gateway;
  }

  get front(): Front {
    return present(this.#front);
  }

  get store(): Store {
    return present(this.#running).store;
  }

  /** Batches under way. */
  get underWay(): number {
    return this.#running?.worker.underWay ?? 0;
  }

  /** A certificate for its host, or for what is asked. */
  certificate(request: Partial<Parameters<typeof issueCertificate>[0]> = {}): Promise<IssuedCertificate> {
    return issueCertificate({ ca: this.#plan.lab.authority, dnsNames: [this.host], ...request });
  }

  /** Publishes its zone; records given are put in place of those for its receiver. */
  publish(records: readonly string[] = this.receiverRecords()): void {
    const { key, ...query } = this.#identity;
    const publicKey = zoneFileText(query, keyRecordText(key, ischedule.keyService));
    const soa = '$TTL 300\n@ SOA ns hostmaster 1 1h 10m 1d 60';
    this.#plan.lab.dns.setZone(this.domain, [soa, ...records, publicKey, ''].join('\n'));
  }

  receiverRecords(): readonly string[] {
    return [`_ischedules._tcp SRV 0 0 ${this.front.port} ischedule`, 'ischedule A 127.0.0.1'];
  }

  /** Has its own clock go wrong by so much against that of the lab. Milliseconds. */
  skew(ms: number): void {
    this.#skewMs = ms;
  }

  /** Says and enforces something else from now on, under the next serial. */
  restate(options: Partial<OwnCapabilitiesOptions>): void {
    this.#capabilities = capabilitiesOf(Number(this.#capabilities.serialNumber) + 1, {
      capabilities: { ...this.#plan.capabilities, ...options },
    });
  }

  async start(openStore: GatewayPlan['openStore'] = this.#plan.openStore): Promise<void> {
    const store = await openStore();
    await provisionUsers(store, this.#plan.users);
    this.#running = this.#assemble(store);
  }

  /** Stops what runs; what is under way is cut off or ended. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    await running.worker[Symbol.asyncDispose]();
    await running.fetch[Symbol.asyncDispose]();
    await running.store[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#front?.[Symbol.asyncDispose]();
  }

  /**
   * Takes an invitation, under its UID as the idempotency key.
   *
   * @throws StoreUnavailable; then it is not acknowledged.
   */
  async submit(invitation: Invitation): Promise<Submitted> {
    const itip = readItipMessage(parseCalendar(requestText(invitation)));
    const originator = parseCalAddress(organizer);
    const recipients = invitation.rooms.map((room) => parseCalAddress(room));
    const submitted = await present(this.#running).submit(
      { itip, originator, recipients },
      { idempotencyKey: invitation.uid },
    );
    invitation.acknowledged = true;
    return submitted;
  }

  /** Deliveries about a meeting, or all. */
  queue(uid?: string): Promise<readonly QueuedDelivery[]> {
    return this.store.read((view) => view.queue.list(uid === undefined ? {} : { uid }, { limit: 1_000_000 }));
  }

  /** Deliveries that have not ended. */
  pending(): Promise<readonly QueuedDelivery[]> {
    return this.store.read((view) => view.queue.list({ states: ['waiting', 'leased'] }, { limit: 1_000 }));
  }

  /** Has its worker look again. */
  async ring(): Promise<void> {
    present(this.#running).wake();
  }

  /** When its worker has something to do; undefined: not before something is added. */
  nextDue(): Promise<EpochMs | undefined> {
    return this.store.read((view) => view.queue.nextDue({ skipLanes: [] }));
  }

  /** Has its receiver handle a request, whatever its front would do. */
  async handle(request: HttpRequest, options: Abortable = {}): Promise<HttpResponse> {
    const running = this.#running;
    if (!running) return { status: 503, fields: [], content: new Uint8Array() };
    return running.receiver.handle(request, options);
  }

  #assemble(store: Store): Running {
    const { lab } = this.#plan;
    const clock: Clock = {
      now: () => epochMs(lab.clock.now() + this.#skewMs),
      after: (ms, ring) => lab.clock.after(ms, ring),
      sleep: (ms, options) => lab.clock.sleep(ms, options),
    };
    const random = systemRandom;
    const freshDns = createDnsClient({ random, clock }, { servers: [{ host: lab.dns.host, port: lab.dns.port }] });
    const dns = cachedDns(freshDns, { clock });
    const fetch = createGuardedFetch(
      { dns, clock },
      { ca: [lab.authority.certificatePem], allowAddresses: ['127.0.0.0/8'], connectTimeoutMs: 3_000 },
    );
    const locator = createLocator({ dns, random });
    const sender = createSender({
      locator,
      capabilities: createPeerCapabilities({ fetch, clock }),
      fetch,
      signer: createSigner({ template: ischedule, clock }),
      signingKeys: { forOriginator: () => Promise.resolve(this.#identity) },
      clock,
      random,
    });
    const wakeUp = createWakeUp(clock);
    const notices = createNotices(clock);
    const ownDomains = new Set([this.domain]);
    const { lifetimeMs } = defaultRetryPolicy;
    const limits = resolveInboundLimits();
    const busyTimes: BusyTimesOf = (calendar, owner) =>
      createBusyTimes({ horizon: busyHorizon(clock.now(), limits), maxInstances: limits.maxBusyInstances })(
        calendar,
        owner,
      );
    const inbound: InboundOptions = {
      replies: {
        async add(tx, reply, now) {
          await enqueueReply(tx, reply, { ownDomains, lifetimeMs, now });
        },
        added: () => wakeUp.wake(),
      },
    };
    const receiver = createReceiver({
      capabilities: { current: () => this.#capabilities },
      verifier: createVerifier({
        template: ischedule,
        keySources: [cachedKeySource(dnsTxtKeySource({ dns: freshDns }), { clock })],
        clock,
      }),
      alignment: { dns, allow: () => false },
      deliver: createDeliver({ store, clock }, inbound),
    });
    const deliverWithin = createDeliverWithin(inbound);
    const deps = { store, sender, locator, busyTimes, clock, random, wakeUp };
    const worker = new Worker({
      ...deps,
      deliverWithin: (tx, message, now) => deliverWithin(tx, inboundFromHere(message), now),
      settled: ({ submission }) => notices.settled(submission.id),
      onTrouble: (error) => this.troubles.push(error),
    });
    const ask = (): Promise<never> => Promise.reject(new Error('nobody asks for free time here'));
    const wake = (): void => wakeUp.wake();
    const submit = createSubmit({ store, ask, ownDomains, busyTimes, lifetimeMs, clock, notices, wake });
    return { store, worker, receiver, submit, fetch, wake };
  }
}

function capabilitiesOf(serialNumber: number, { capabilities }: Pick<GatewayPlan, 'capabilities'>): OwnCapabilities {
  return ownCapabilities({ administrator: 'mailto:postmaster@lab.example', ...capabilities, serialNumber });
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the gateway does not run');
  return value;
}
