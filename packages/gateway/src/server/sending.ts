import { createSigner, type SigningKeys } from '@isched/doseta';
import {
  createLocator,
  createPeerCapabilities,
  createSender,
  ischedule,
  type PeerCapabilities,
  type ReceiverLocator,
  rememberFailures,
  type Sender,
} from '@isched/ischedule';
import { systemClock, systemRandom } from '@isched/runtime';
import type { Config } from './config/schema.ts';
import type { Network } from './network.ts';

/** A sender, and what it finds receivers with. */
export interface Sending {
  /** For what waits in a queue. */
  readonly sender: Sender;
  /** For questions behind which a person waits: a receiver that has just failed is not waited for again. */
  readonly asker: Sender;
  readonly locator: ReceiverLocator;
}

/** They are small: who takes longer for them is no peer to wait for. */
const longestForCapabilitiesMs = 10_000;

/**
 * A sender as the configuration describes it.
 *
 * @throws TypeError when a static route can't be used.
 */
export function createSending(config: Config, signingKeys: SigningKeys, network: Network): Sending {
  const locator = createLocator(
    { dns: network.dns, random: systemRandom },
    {
      routes: config.routes,
      certificate: config.network.require_source_certificate ? 'source' : 'target-or-source',
    },
  );
  const peers = createPeerCapabilities(
    { fetch: network.fetch, clock: systemClock },
    { timeoutMs: Math.min(longestForCapabilitiesMs, config.network.timeout_ms) },
  );
  const deps = {
    locator,
    fetch: network.fetch,
    signer: createSigner({ template: ischedule, clock: systemClock }),
    signingKeys,
    clock: systemClock,
    random: systemRandom,
  };
  const limits = { timeoutMs: config.network.timeout_ms, maxRecipientsPerRequest: config.outbound.max_recipients };
  const senderBy = (capabilities: PeerCapabilities): Sender => createSender({ ...deps, capabilities }, limits);
  return { sender: senderBy(peers), asker: senderBy(rememberFailures(peers, { clock: systemClock })), locator };
}
