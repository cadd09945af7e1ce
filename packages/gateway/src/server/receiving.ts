import {
  cachedKeySource,
  createVerifier,
  dnsTxtKeySource,
  httpWellKnownKeySource,
  type KeySource,
  privateExchangeKeySource,
  type Verifier,
} from '@isched/doseta';
import { parseDateValue } from '@isched/icalendar';
import {
  createReceiver,
  type Deliver,
  ischedule,
  type OwnCapabilities,
  ownCapabilities,
  type Receiver,
  type ReceiverEvent,
} from '@isched/ischedule';
import { systemClock, systemRandom } from '@isched/runtime';
import { type DomainName, type EpochMs, epochMs } from '@isched/values';
import type { OwnKeys } from '../adapters/keys/configured-keys.ts';
import { mayOriginate } from '../policy/partners.ts';
import type { Store } from '../ports/store.ts';
import type { Config } from './config/schema.ts';
import { createLoad } from './load.ts';
import type { Network } from './network.ts';

export interface ReceivingParts {
  readonly network: Network;
  readonly store: Store;
  readonly keys: OwnKeys;
  readonly deliver: Deliver;
  readonly observe: (event: ReceiverEvent) => void;
}

/** The receiver, and what it says of itself. */
export interface Receiving {
  readonly receiver: Receiver;
  readonly capabilities: { current(): OwnCapabilities };
}

/**
 * A receiver as the configuration describes it. The serial of its capabilities is the store's, so that restarts and
 * nodes agree.
 *
 * @throws StoreUnavailable.
 */
export async function createReceiving(config: Config, parts: ReceivingParts): Promise<Receiving> {
  const stated = await statedCapabilities(config, parts.store);
  const capabilities = { current: () => stated };
  const trusted = new Set(
    config.trust.flatMap((entry) => entry.originator_domains.map((domain) => trustKey(entry.signing_domain, domain))),
  );
  const policy = { ownDomains: config.domains.map((domain) => domain.name) };
  const load = createLoad({ maxInFlight: config.receiver.max_in_flight });
  const receiver = createReceiver(
    {
      capabilities,
      mayOriginate: ({ originatorDomain }) => mayOriginate(policy, originatorDomain),
      verifier: createVerification(config, parts.network),
      alignment: { dns: parts.network.dns, allow: (signing, originator) => trusted.has(trustKey(signing, originator)) },
      deliver: parts.deliver,
      publishedKeys: (query) => parts.keys.publishedKeys(query),
      observe: parts.observe,
      admit: ({ stated }) => load.admit(stated()),
    },
    {
      paths: [config.receiver.path],
      maxHeaderOctets: config.receiver.max_header_octets,
      legacyQuery: config.compatibility.legacy_capabilities,
      allowPublish: config.compatibility.publish,
      freeBusyRecipients: config.compatibility.free_busy_subset ? 'some' : 'all',
    },
  );
  return { receiver: load.counting(receiver), capabilities };
}

function trustKey(signing: DomainName, originator: DomainName): string {
  return `${signing} ${originator}`;
}

async function statedCapabilities(config: Config, store: Store): Promise<OwnCapabilities> {
  const { receiver } = config;
  const stated = {
    administrator: receiver.administrator,
    allowPublish: config.compatibility.publish,
    maxContentLength: receiver.max_content_octets,
    maxRecipients: receiver.max_recipients,
    maxInstances: receiver.max_instances,
    minDateTime: instantOf(receiver.min_date_time),
    maxDateTime: instantOf(receiver.max_date_time),
  };
  const { serialNumber: _, ...fingerprint } = ownCapabilities({ ...stated, serialNumber: 1 });
  const serialNumber = await store.transaction((tx) =>
    tx.serials.serialOf('capabilities', JSON.stringify(fingerprint)),
  );
  return ownCapabilities({ ...stated, serialNumber });
}

function instantOf(utc: string): EpochMs {
  const value = parseDateValue(utc);
  if (value.kind === 'date') throw new TypeError(`not a date-time: ${utc}`);
  return epochMs(Date.UTC(value.year, value.month - 1, value.day, value.hour, value.minute, value.second));
}

/** A peer waits for its answer while we wait for its key. */
const longestForKeysMs = 5_000;

function createVerification(config: Config, { freshDns, fetch }: Network): Verifier {
  const { compatibility } = config;
  const clock = systemClock;
  const exchanged = config.exchanged_keys.map(({ domain, selector, record }) => ({
    signingDomain: domain,
    selector,
    record,
  }));
  const wellKnown = httpWellKnownKeySource(
    { dns: freshDns, fetch, random: systemRandom },
    {
      withoutSrv: compatibility.key_server_guess ? 'ask-domain' : 'absent',
      timeoutMs: Math.min(longestForKeysMs, config.network.timeout_ms),
    },
  );
  const keySources: readonly KeySource[] = [
    cachedKeySource(dnsTxtKeySource({ dns: freshDns }), { clock }),
    cachedKeySource(wellKnown, { clock }),
    privateExchangeKeySource(exchanged),
  ];
  return createVerifier(
    { template: ischedule, keySources, clock },
    {
      policy: {
        signatureValueBlanks: compatibility.signature_white_space ? 'removed-or-kept' : 'removed',
        ...(compatibility.repeated_signed_names && { repeatedNames: 'allow' }),
        ...(compatibility.testing_keys && { testingKeys: 'accept' }),
      },
    },
  );
}
