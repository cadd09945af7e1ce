import { sign as signOctets } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createSigner, generateKeyPair, type SigningIdentity } from '@isched/doseta';
import { parseCalAddress, parseCalendar } from '@isched/icalendar';
import { createLocator, createPeerCapabilities, createSender, ischedule } from '@isched/ischedule';
import { readItipMessage } from '@isched/itip';
import { createCertificateAuthority, issueCertificate, startChild } from '@isched/lab';
import { type Clock, systemClock, systemRandom } from '@isched/runtime';
import { type DomainName, epochMs, parseDomainName } from '@isched/values';
import type { Batch, Store } from 'isched';
import { enqueue } from '../packages/gateway/src/outbound/enqueue.ts';
import { createWakeUp } from '../packages/gateway/src/outbound/wake-up.ts';
import { Worker, type WorkerOptions } from '../packages/gateway/src/outbound/worker.ts';
import { createNetwork } from '../packages/gateway/src/server/network.ts';
import { requestText } from './fixtures.ts';
import type { PeersOptions } from './outbound-peers.ts';

const zone = 'bench.example';
const clock: Clock = systemClock;

/** A worker at work; after something was added, ring. */
export interface Work extends AsyncDisposable {
  wake(): void;
}

/** Receivers in a child process, and the means to send to them. */
export interface OutboundLab extends AsyncDisposable {
  readonly identity: SigningIdentity;
  /** Works on a store's queue with nothing known yet: names, capabilities and connections are cold. */
  work(store: Store, settled: (batch: Batch) => void, options?: WorkerOptions): Work;
}

/** Starts the receivers. @throws ChildFailed. */
export async function startOutboundLab(peers: Pick<PeersOptions, 'domains' | 'hosts'>): Promise<OutboundLab> {
  const ca = await createCertificateAuthority();
  const dnsNames = Array.from({ length: peers.hosts }, (_, index) => `r${index}.${zone}`);
  const { certificatePem, keyPem } = await issueCertificate({ ca, dnsNames });
  const options: PeersOptions = { ...peers, zone, certificatePem, keyPem };
  const program = fileURLToPath(new URL('./outbound-peers.ts', import.meta.url));
  const child = await startChild({
    command: process.execPath,
    args: ['--conditions=isched-source', program, JSON.stringify(options)],
    readyLine: /^listening /,
  });
  const dnsPort = Number(/listening \d+ (\d+)/.exec(child.lines().join('\n'))?.[1]);
  const key = await generateKeyPair('rsa-sha256');
  const identity = { signingDomain: parseDomainName('sender.example'), selector: 'bench', key };
  return {
    identity,
    work(store, settled, workerOptions) {
      const network = createNetwork({
        dnsServers: [{ host: '127.0.0.1', port: dnsPort }],
        ca: ca.certificatePem,
        allowAddresses: ['127.0.0.0/8'],
      });
      const locator = createLocator({ dns: network.dns, random: systemRandom });
      const capabilities = createPeerCapabilities({ fetch: network.fetch, clock });
      const signer = createSigner({ template: ischedule, clock });
      const signingKeys = { forOriginator: () => Promise.resolve(identity) };
      const sender = createSender({
        locator,
        capabilities,
        fetch: network.fetch,
        signer,
        signingKeys,
        clock,
        random: systemRandom,
      });
      const deps = { store, sender, locator, clock, random: systemRandom, wakeUp: createWakeUp(clock), settled };
      const worker = new Worker(
        {
          ...deps,
          deliverWithin: () => Promise.resolve([]),
          busyTimes: () => ({ periods: [], covers: { start: epochMs(0), end: epochMs(0) } }),
          onTrouble: (error) => console.error(error),
        },
        workerOptions,
      );
      return {
        wake: () => deps.wakeUp.wake(),
        async [Symbol.asyncDispose]() {
          await worker[Symbol.asyncDispose]();
          await network[Symbol.asyncDispose]();
        },
      };
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** Puts invitations into a queue, each a message of its own. */
// oxlint-disable-next-line max-params -- the last is for callers that add one by one
export async function enqueueInvitations(
  store: Store,
  count: number,
  domainOf: (index: number) => string,
  from = 0,
): Promise<void> {
  const originator = parseCalAddress('mailto:alice@sender.example');
  for (let first = from; first < from + count; first += 250) {
    await store.transaction(async (tx) => {
      for (let index = first; index < Math.min(from + count, first + 250); index++) {
        const recipient = `user${index}@${domainOf(index)}`;
        const itip = readItipMessage(
          parseCalendar(requestText(`${domainOf(index)}-${index}@bench`, 'alice@sender.example', recipient)),
        );
        const message = { itip, originator, recipients: [parseCalAddress(`mailto:${recipient}`)] };
        await enqueue(tx, message, { ownDomains: new Set<DomainName>(), lifetimeMs: 432_000_000, now: clock.now() });
      }
    });
  }
}

/** Where the receivers of the lab are. @throws nothing. */
export function liveDomain(index: number, domains: number): string {
  return `d${index % domains}.${zone}`;
}

/** What one core signs when it does nothing else, a second. */
export function signLimit(
  { key }: SigningIdentity,
  seconds: number,
): { readonly latencies: number[]; readonly rate: number } {
  const octets = Buffer.alloc(2048, 'x');
  const latencies: number[] = [];
  const start = performance.now();
  while (performance.now() - start < seconds * 1000) {
    const before = performance.now();
    signOctets('sha256', octets, key.privateKey);
    latencies.push(performance.now() - before);
  }
  return { latencies, rate: (latencies.length * 1000) / (performance.now() - start) };
}
