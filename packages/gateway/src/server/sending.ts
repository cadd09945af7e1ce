import { createSigner, type SigningKeys } from '@isched/doseta';
import {
  createLocator,
  createPeerCapabilities,
  createSender,
  ischedule,
  type ReceiverLocator,
  type Sender,
} from '@isched/ischedule';
import { systemClock, systemRandom } from '@isched/runtime';
import type { Config } from './config/schema.ts';
import type { Network } from './network.ts';

/** A sender, and what it finds receivers with. */
export interface Sending {
  readonly sender: Sender;
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
  const sender = createSender(
    {
      locator,
      capabilities: createPeerCapabilities(
        { fetch: network.fetch, clock: systemClock },
        { timeoutMs: Math.min(longestForCapabilitiesMs, config.network.timeout_ms) },
      ),
      fetch: network.fetch,
      signer: createSigner({ template: ischedule, clock: systemClock }),
      signingKeys,
      clock: systemClock,
      random: systemRandom,
    },
    { timeoutMs: config.network.timeout_ms, maxRecipientsPerRequest: config.outbound.max_recipients },
  );
  return { sender, locator };
}
