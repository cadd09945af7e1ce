import type { Signer, SigningIdentity, SigningKeys } from '@isched/doseta';
import type { Clock, GuardedFetch, Random } from '@isched/runtime';
import type { Abortable, DomainName } from '@isched/values';
import type { PeerCapabilities } from '../capabilities/cached.ts';
import type { Attempt } from '../discovery/ask.ts';
import type { ReceiverLocator } from '../discovery/location.ts';
import type { OutgoingMessage } from '../message.ts';
import type { Verdict } from './outcomes.ts';
import type { PreparedObject } from './prepare.ts';

export interface SenderDeps {
  readonly locator: ReceiverLocator;
  readonly capabilities: PeerCapabilities;
  readonly fetch: GuardedFetch;
  readonly signer: Signer;
  readonly signingKeys: SigningKeys;
  readonly clock: Clock;
  readonly random: Random;
}

export interface SenderOptions {
  /** Receivers asked at once for one message. Default 8. */
  readonly maxConcurrentReceivers?: number | undefined;
  /** Of one attempt. Milliseconds; default 30000. */
  readonly timeoutMs?: number | undefined;
  /** Longest answer. Octets; default 4 MiB. */
  readonly maxResponseOctets?: number | undefined;
  /** Where the peer states no `max-recipients`, or more. Default 250. */
  readonly maxRecipientsPerRequest?: number | undefined;
  /** Signed, so without blanks around commas (Q35). Default `isched`. */
  readonly userAgent?: string | undefined;
}

export type SenderLimits = { readonly [K in keyof SenderOptions]-?: Exclude<SenderOptions[K], undefined> };

/** What is sent, whoever the receiver. */
export interface Job {
  readonly message: OutgoingMessage;
  readonly object: PreparedObject;
  readonly identity: SigningIdentity;
  /** The originator's domain, where the signing domain is another that it has authorised. */
  readonly onBehalfOf: DomainName | undefined;
  readonly messageId: string;
}

/** What one call of `send` works with. */
export interface Errand {
  readonly deps: SenderDeps;
  readonly limits: SenderLimits;
  readonly abortable: Abortable;
  /** Takes outcomes as they come: they count also where the rest is cut short. */
  readonly tell: (outcomes: readonly Keyed[]) => void;
}

/** A verdict, and what led to it. */
export type Outcome = Verdict & { readonly attempts: readonly Attempt[] };

/** The outcome of the recipient with this address key. */
export type Keyed = readonly [key: string, outcome: Outcome];
