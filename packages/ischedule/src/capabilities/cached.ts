import { createSingleFlight, fieldValue, type FetchError, type FetchResponse, type HttpField } from '@isched/runtime';
import { type Abortable, type EpochMs, epochMs } from '@isched/values';
import { LRUCache } from 'lru-cache';
import { type AskDeps, askReceiver, type Asked, type Attempt, type Compose } from '../discovery/ask.ts';
import type { Candidate } from '../discovery/location.ts';
import { readCapabilities } from '../wire/capabilities-document.ts';
import { protocolVersion } from '../wire/names.ts';
import { XmlError } from '../wire/xml.ts';
import type { Capabilities } from './capabilities.ts';
import { freshSeconds } from './freshness.ts';

/** A receiver as discovery found it. */
export interface LocatedReceiver {
  readonly receiverId: string;
  readonly candidates: readonly Candidate[];
}

/** What is known of a peer's capabilities; `attempts` is empty where nothing had to be asked. */
export type CapabilitiesLookup = { readonly attempts: readonly Attempt[] } & (
  | { readonly status: 'known'; readonly capabilities: Capabilities }
  | { readonly status: 'unreachable'; readonly failures: readonly FetchError[] }
  /** It answered, but not with capabilities. */
  | { readonly status: 'refused'; readonly response: FetchResponse; readonly why?: string | undefined }
  /** 200 with something that can't be read. */
  | { readonly status: 'unreadable'; readonly response: FetchResponse; readonly cause: unknown }
);

/** Peers' capabilities, kept as HTTP allows, forgotten when a peer names another serial. */
export interface PeerCapabilities {
  /** @throws the signal's reason when aborted, and nothing else. */
  lookup(receiver: LocatedReceiver, options?: Abortable): Promise<CapabilitiesLookup>;
  /**
   * Tells the serial that an answer of this receiver carried.
   *
   * @returns whether it is another than the one its capabilities came with: they will be asked for anew.
   */
  noticeSerial(receiverId: string, serial: string | undefined): boolean;
}

export interface PeerCapabilitiesOptions {
  /** Receivers remembered; the least recently used goes first. Default 10000. */
  readonly maxReceivers?: number | undefined;
  /** Of each attempt. Milliseconds; default 10000. */
  readonly timeoutMs?: number | undefined;
  /** Longest document. Octets; default 256 KiB. */
  readonly maxContentOctets?: number | undefined;
}

interface Entry {
  readonly capabilities: Capabilities;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** As the header named it, else as the document did. */
  readonly serial: string | undefined;
  readonly freshUntil: EpochMs;
}

/**
 * Fetches capabilities with conditional GETs and keeps them.
 *
 * @see iSchedule digest §2; RFC 9111.
 */
export function createPeerCapabilities(deps: AskDeps, options: PeerCapabilitiesOptions = {}): PeerCapabilities {
  const entries = new LRUCache<string, Entry>({ max: options.maxReceivers ?? 10_000 });
  const fly = createSingleFlight<CapabilitiesLookup>();
  const limits = { timeoutMs: options.timeoutMs ?? 10_000, maxContentOctets: options.maxContentOctets ?? 262_144 };
  const load = async (receiver: LocatedReceiver, abortable: Abortable): Promise<CapabilitiesLookup> => {
    const kept = entries.get(receiver.receiverId);
    const question = { candidates: receiver.candidates.map(toCapabilities), compose: composeGet(kept) };
    const asked = await askReceiver(question, deps, { ...limits, ...abortable });
    const { lookup, entry } = readLookup(asked, kept, deps.clock.now());
    if (entry) entries.set(receiver.receiverId, entry);
    return lookup;
  };
  return {
    async lookup(receiver, abortable = {}) {
      const kept = entries.get(receiver.receiverId);
      if (kept && kept.freshUntil > deps.clock.now()) return known(kept, []);
      return fly(receiver.receiverId, (signal) => load(receiver, { signal }), abortable);
    },
    noticeSerial(receiverId, serial) {
      const kept = entries.get(receiverId);
      if (!kept || serial === undefined || serial === kept.serial) return false;
      if (kept.serial === undefined) {
        entries.set(receiverId, { ...kept, serial }); // the first that this peer names
        return false;
      }
      // The next look-up asks without condition: what changed once is not trusted to answer 304.
      entries.set(receiverId, { ...kept, etag: undefined, lastModified: undefined, freshUntil: epochMs(0) });
      return true;
    },
  };
}

interface Reading {
  readonly lookup: CapabilitiesLookup;
  readonly entry?: Entry | undefined;
}

function readLookup(asked: Asked, kept: Entry | undefined, now: EpochMs): Reading {
  const { attempts } = asked;
  if (asked.status === 'unreachable') return { lookup: { status: 'unreachable', failures: asked.failures, attempts } };
  const { response } = asked;
  if (asked.status === 'misdirected') return { lookup: { status: 'refused', response, why: asked.why, attempts } };
  if (response.status === 304 && kept) {
    const entry = { ...kept, ...lifeOf(response, now), serial: serialOf(response.fields) ?? kept.serial };
    return { lookup: known(entry, attempts), entry };
  }
  if (response.status !== 200) return { lookup: { status: 'refused', response, attempts } };
  try {
    const entry = readEntry(response, now);
    return { lookup: known(entry, attempts), entry };
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return { lookup: { status: 'unreadable', response, cause: error, attempts } };
  }
}

function readEntry(response: FetchResponse, now: EpochMs): Entry {
  const capabilities = readCapabilities(response.content);
  return {
    capabilities,
    etag: fieldValue(response.fields, 'ETag'),
    lastModified: fieldValue(response.fields, 'Last-Modified'),
    serial: serialOf(response.fields) ?? capabilities.serialNumber,
    ...lifeOf(response, now),
  };
}

function lifeOf(response: FetchResponse, now: EpochMs): Pick<Entry, 'freshUntil'> {
  return { freshUntil: epochMs(Math.floor(now + freshSeconds(response.fields, now) * 1_000)) };
}

function known(entry: Entry, attempts: readonly Attempt[]): CapabilitiesLookup {
  return { status: 'known', capabilities: entry.capabilities, attempts };
}

/** The serial that an answer names. @throws nothing. */
export function serialOf(fields: readonly HttpField[]): string | undefined {
  return fieldValue(fields, 'iSchedule-Capabilities') || undefined;
}

/** `action=` by proper query syntax, also where the path has a query. */
function toCapabilities(candidate: Candidate): Candidate {
  const separator = candidate.url.includes('?') ? '&' : '?';
  return { ...candidate, url: `${candidate.url}${separator}action=capabilities` };
}

function composeGet(kept: Entry | undefined): Compose {
  const condition = conditionOf(kept);
  return async (authorization) => ({
    method: 'GET',
    fields: [
      { name: 'iSchedule-Version', value: protocolVersion },
      { name: 'Accept', value: 'application/xml, text/xml' },
      ...(condition ? [condition] : []),
      ...(authorization === undefined ? [] : [{ name: 'Authorization', value: authorization }]),
    ],
  });
}

function conditionOf(kept: Entry | undefined): HttpField | undefined {
  if (kept?.etag !== undefined) return { name: 'If-None-Match', value: kept.etag };
  return kept?.lastModified === undefined ? undefined : { name: 'If-Modified-Since', value: kept.lastModified };
}
