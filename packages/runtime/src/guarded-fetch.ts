import type { Pool } from 'undici';
import { type Clock, systemClock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import type { Dns } from './dns.ts';
import { type CertificateName, FetchError, type FetchLimits, type FetchRequest, type FetchResponse } from './fetch.ts';
import { fetchErrorOf } from './fetch-failure.ts';
import { createPools } from './fetch-pools.ts';
import { type FetchTarget, readTarget, writeFields } from './fetch-target.ts';
import { createGathering } from './gathering.ts';
import { fieldValues, type HttpField } from './http.ts';
import { untilAborted } from './until-aborted.ts';

export interface GuardedFetchOptions {
  /** PEM certificates trusted besides the machine's own roots. Default none. */
  readonly ca?: readonly string[] | undefined;
  /** Addresses that may be connected to although they are not public: `127.0.0.0/8`. For laboratories. Default none. */
  readonly allowAddresses?: readonly string[] | undefined;
  /** Longest content of an answer, where the call says nothing else. Octets. Default 1 MiB. */
  readonly maxContentOctets?: number | undefined;
  /** Longest header of an answer. Octets. Default 64 KiB. */
  readonly maxHeaderOctets?: number | undefined;
  /** From start to the last octet, where the call says nothing else. Milliseconds. Default 30000. */
  readonly timeoutMs?: number | undefined;
  /** Until a connection stands, TLS included. Milliseconds. Default 10000. */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a connection without work is kept. Milliseconds. Default 4000. */
  readonly keepAliveMs?: number | undefined;
  /** Connections to one host at once; further requests wait. Default 8. */
  readonly maxConnectionsPerHost?: number | undefined;
  /** Hosts that connections are kept to; the least recently used goes first. Default 256. */
  readonly maxHosts?: number | undefined;
}

type Limits = { readonly [K in keyof GuardedFetchOptions]-?: Exclude<GuardedFetchOptions[K], undefined> };

/** A GuardedFetch that keeps connections; disposing of it closes them when their work is done. */
export interface PooledFetch extends AsyncDisposable {
  (request: FetchRequest, limits?: FetchLimits): Promise<FetchResponse>;
}

/** 1xx answers before the real one. */
const maxInterimResponses = 8;

/**
 * Makes a client that asks https peers without trusting them: public addresses only, checked after resolution and pinned
 * for the connection; certificate checked for the names the caller allows; bounded in size and time; redirects are answers.
 *
 * @param deps - `dns` is asked at each new connection: wrap it in `cachedDns`. `clock` measures the time limit.
 * @throws TypeError when an address range can't be read.
 */
export function createGuardedFetch(
  deps: { readonly dns: Dns; readonly clock?: Clock | undefined },
  options: GuardedFetchOptions = {},
): PooledFetch {
  const limits = resolveOptions(options);
  const clock = deps.clock ?? systemClock;
  const pools = createPools(deps.dns, limits);
  const readKnownTarget = createTargetReader(limits.maxHosts);
  const shared = createSharedNames(limits.maxHosts);
  const running = new Set<Promise<unknown>>();
  const fetch = async (request: FetchRequest, asked: FetchLimits = {}): Promise<FetchResponse> => {
    const fields = writeFields(request);
    asked.signal?.throwIfAborted();
    const target = readKnownTarget(request.url);
    const names = request.certificateNames ?? [];
    const deadline = { timeoutMs: asked.timeoutMs ?? limits.timeoutMs, signal: asked.signal };
    const maxContentOctets = asked.maxContentOctets ?? limits.maxContentOctets;
    const own = shared.ownName(target, names);
    const pool = pools.poolFor(target, own ?? names);
    const prepared = { request, fields, path: target.path };
    const work = withDeadline(clock, deadline, async (signal, end) => {
      try {
        return await ask(pool, prepared, { maxContentOctets, signal, end });
      } catch (error) {
        if (!own || fetchErrorOf(error).code !== 'certificate-name-mismatch') throw error;
        shared.hasAnother(target); // no octet of the request went out
        return ask(pools.anotherFor(target, names), prepared, { maxContentOctets, signal, end });
      }
    });
    running.add(work);
    try {
      return await work;
    } catch (error) {
      asked.signal?.throwIfAborted();
      throw fetchErrorOf(error);
    } finally {
      running.delete(work);
    }
  };
  const dispose = async (): Promise<void> => {
    pools.close();
    await Promise.allSettled(running);
    await pools.destroy();
  };
  return Object.assign(fetch, { [Symbol.asyncDispose]: dispose });
}

/** Reads URLs, and remembers as many: a receiver is asked under the same one again and again. */
function createTargetReader(most: number): typeof readTarget {
  const known = new Map<string, FetchTarget>();
  return (url) => {
    const before = known.get(url);
    if (before) return before;
    const target = readTarget(url);
    if (known.size >= most) known.clear();
    known.set(url, target);
    return target;
  };
}

/**
 * Whether a host's certificate carries the host's own name. Then requests on behalf of different domains, each of which
 * allows that name among others, can share connections.
 */
interface SharedNames {
  /** The host's own name alone, where it is one of several that are allowed. */
  ownName(target: FetchTarget, names: readonly CertificateName[]): readonly CertificateName[] | undefined;
  /** Its certificate does not carry it: ask for all names from now on. */
  hasAnother(target: FetchTarget): void;
}

function createSharedNames(maxHosts: number): SharedNames {
  const others = new Set<string>();
  return {
    ownName({ origin, host }, names) {
      if (names.length < 2 || others.has(origin)) return undefined;
      if (host.type !== 'name') return undefined;
      const own = names.find(({ type, name }) => type === 'dns' && name === host.name);
      return own && [own];
    },
    hasAnother({ origin }) {
      if (others.size >= maxHosts) others.clear();
      others.add(origin);
    },
  };
}

function resolveOptions(options: GuardedFetchOptions): Limits {
  return {
    ca: options.ca ?? [],
    allowAddresses: options.allowAddresses ?? [],
    maxContentOctets: options.maxContentOctets ?? 1_048_576,
    maxHeaderOctets: options.maxHeaderOctets ?? 65_536,
    timeoutMs: options.timeoutMs ?? 30_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    keepAliveMs: options.keepAliveMs ?? 4_000,
    maxConnectionsPerHost: options.maxConnectionsPerHost ?? 8,
    maxHosts: options.maxHosts ?? 256,
  };
}

interface Prepared {
  readonly request: FetchRequest;
  readonly fields: string[];
  readonly path: string;
}

interface AskLimits {
  readonly maxContentOctets: number;
  readonly signal: AbortSignal;
  /** Aborts the signal. */
  readonly end: (reason: unknown) => void;
}

async function ask(
  pool: Pool,
  prepared: Prepared,
  { maxContentOctets, signal, end }: AskLimits,
): Promise<FetchResponse> {
  let interimResponses = 0;
  const answering = pool.request({
    method: prepared.request.method,
    path: prepared.path,
    headers: prepared.fields,
    body: prepared.request.content ?? null,
    responseHeaders: 'raw',
    signal,
    onInfo: () => {
      interimResponses += 1;
      if (interimResponses > maxInterimResponses) {
        end(new FetchError('response-malformed', 'interim responses without end'));
      }
    },
  });
  // A request that still waits for its connection does not see the signal.
  const response = await untilAborted(answering, { signal });
  const fields = readFields(response.headers as unknown as readonly string[]);
  const content = await readContent(response.body, fields, maxContentOctets);
  return { status: response.statusCode, fields, content };
}

function readFields(raw: readonly string[]): readonly HttpField[] {
  const fields: HttpField[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    fields.push({ name: raw[index] ?? '', value: raw[index + 1] ?? '' });
  }
  return fields;
}

type Body = Awaited<ReturnType<Pool['request']>>['body'];

async function readContent(body: Body, fields: readonly HttpField[], maxOctets: number): Promise<Uint8Array> {
  body.on('error', () => undefined);
  const fault = faultOfHead(fields, maxOctets);
  if (fault) {
    body.destroy();
    throw fault;
  }
  const content = createGathering(maxOctets);
  const ended = Promise.withResolvers<void>();
  body.on('data', (chunk: Buffer) => {
    if (content.add(chunk)) return;
    ended.reject(tooLong(maxOctets));
    body.destroy(); // and with it the connection
  });
  body.on('end', ended.resolve).on('error', ended.reject);
  body.on('close', () => ended.reject(new FetchError('connect-failed', 'the connection ended before the content did')));
  await ended.promise;
  return content.octets();
}

/** What the head alone gives away. */
function faultOfHead(fields: readonly HttpField[], maxOctets: number): FetchError | undefined {
  const codings = fieldValues(fields, 'Content-Encoding').filter((coding) => !/^(identity)?$/i.test(coding));
  if (codings.length > 0) return new FetchError('response-malformed', 'the content is coded, which we did not ask for');
  const lengths = fieldValues(fields, 'Content-Length').map(Number);
  return lengths.some((length) => length > maxOctets) ? tooLong(maxOctets) : undefined;
}

function tooLong(maxOctets: number): FetchError {
  return new FetchError('response-too-long', `the content has more than ${maxOctets} octets`);
}
