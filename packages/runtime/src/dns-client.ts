import { getServers } from 'node:dns';
import { isIP } from 'node:net';
import type { Abortable, DomainName } from '@isched/values';
import type { Answer } from 'dns-packet';
import { type Clock, systemClock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { type Dns, type DnsAnswer, DnsUnavailable, type IpAddress } from './dns.ts';
import { type DnsServer, exchange } from './dns-exchange.ts';
import type { DnsRecordType } from './dns-message.ts';
import { type DnsReading, readAnswer } from './dns-reading.ts';
import { mapRecords, readAddress, readName, readSrv, readStrings } from './dns-records.ts';
import type { Random } from './random.ts';

export interface DnsClientOptions {
  /** Asked in turn, each an IP address. Default: those the system names. */
  readonly servers?: readonly DnsServer[] | undefined;
  /** For one server, one time, its datagram and its TCP together. Milliseconds. Default 2000. */
  readonly timeoutMs?: number | undefined;
  /** How many times all servers are asked. Default 2, at least 1. */
  readonly attempts?: number | undefined;
  /** For one look-up with all that it follows. Milliseconds. Default 10000. */
  readonly totalTimeoutMs?: number | undefined;
  /** How many CNAMEs lead on. Default 8. */
  readonly maxAliases?: number | undefined;
}

/** All a look-up needs: what was given, with defaults filled in. */
interface Resolver {
  readonly random: Random;
  readonly clock: Clock;
  readonly servers: readonly DnsServer[];
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly totalTimeoutMs: number;
  readonly maxAliases: number;
}

interface Question {
  readonly name: DomainName;
  readonly type: DnsRecordType;
}

/**
 * A name-system client that gives the life of each answer, which the system's own does not for SRV and TXT. It asks
 * resolvers, follows CNAMEs, and reads no hosts file.
 *
 * @param deps - `random` makes message ids; `clock` (default: the system's) measures the time limits.
 * @throws TypeError when there is no server, or one is no IP address with a port.
 * @see RFC 1035; RFC 2308 (negative answers); RFC 5452 §9 (forged answers); RFC 6891 (EDNS); RFC 7766 (TCP).
 */
export function createDnsClient(
  deps: { readonly random: Random; readonly clock?: Clock | undefined },
  options: DnsClientOptions = {},
): Dns {
  const resolver = { random: deps.random, clock: deps.clock ?? systemClock, ...resolveOptions(options) };
  const lookup = (name: DomainName, type: DnsRecordType, abortable: Abortable = {}): Promise<DnsAnswer<Answer>> =>
    lookupWithin(resolver, { name, type }, abortable);
  return {
    async addresses(name, abortable) {
      const family = async (type: 'A' | 'AAAA'): Promise<DnsAnswer<IpAddress>> =>
        mapRecords(await lookup(name, type, abortable), readAddress);
      const answers = await Promise.allSettled([family('A'), family('AAAA')]);
      abortable?.signal?.throwIfAborted();
      return joinFamilies(answers);
    },
    async txt(name, abortable) {
      return mapRecords(await lookup(name, 'TXT', abortable), readStrings);
    },
    async srv(name, abortable) {
      return mapRecords(await lookup(name, 'SRV', abortable), readSrv);
    },
  };
}

/**
 * Reads a name server's address as people and systems write it: `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53`,
 * `[2001:db8::53]:5353`. Without a port it is 53.
 *
 * @throws TypeError for anything else.
 */
export function parseDnsServer(text: string): DnsServer {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  const plain = isIP(text) ? [text, text] : /^([^:]+):(\d+)$/.exec(text);
  const [, host, port] = bracketed ?? plain ?? [];
  return checkServer({ host: host ?? text, port: port === undefined ? 53 : Number(port) });
}

function resolveOptions(options: DnsClientOptions): Omit<Resolver, 'random' | 'clock'> {
  const servers = (options.servers ?? getServers().map(parseDnsServer)).map(checkServer);
  if (servers.length === 0) throw new TypeError('no name server to ask');
  return {
    servers,
    timeoutMs: options.timeoutMs ?? 2_000,
    attempts: Math.max(1, options.attempts ?? 2),
    totalTimeoutMs: options.totalTimeoutMs ?? 10_000,
    maxAliases: options.maxAliases ?? 8,
  };
}

function checkServer(server: DnsServer): DnsServer {
  const portFits = Number.isInteger(server.port) && server.port >= 1 && server.port <= 65_535;
  if (isIP(server.host) === 0 || !portFits) {
    throw new TypeError(`not an IP address with a port: ${server.host} port ${server.port}`);
  }
  return server;
}

async function lookupWithin(resolver: Resolver, question: Question, options: Abortable): Promise<DnsAnswer<Answer>> {
  const deadline = { timeoutMs: resolver.totalTimeoutMs, signal: options.signal };
  try {
    return await withDeadline(resolver.clock, deadline, (signal) => followed(resolver, question, signal));
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (cause instanceof DnsUnavailable) throw cause;
    throw new DnsUnavailable(`${question.type} of ${question.name}: no answer`, { cause });
  }
}

/** Asks on while an answer ends in an alias whose target it says nothing about. */
async function followed(resolver: Resolver, question: Question, signal: AbortSignal): Promise<DnsAnswer<Answer>> {
  let { name } = question;
  let { maxAliases } = resolver;
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (;;) {
    const reading = await askServers({ ...resolver, maxAliases }, { name, type: question.type }, signal);
    ttlSeconds = Math.min(ttlSeconds, reading.ttlSeconds);
    if (reading.status === 'records') return { records: reading.records, ttlSeconds };
    if (reading.status === 'none') return { records: [], ttlSeconds };
    name = readName(reading.target);
    maxAliases -= reading.aliases;
  }
}

type Answered = Exclude<DnsReading, { readonly status: 'failed' }>;

async function askServers(resolver: Resolver, question: Question, signal: AbortSignal): Promise<Answered> {
  const failures: unknown[] = [];
  for (let attempt = 0; attempt < resolver.attempts; attempt++) {
    for (const server of resolver.servers) {
      try {
        return await askServer({ ...resolver, server }, question, signal);
      } catch (error) {
        signal.throwIfAborted();
        failures.push(error);
      }
    }
  }
  const cause = failures.length === 1 ? failures[0] : new AggregateError(failures, 'no server answered');
  throw new DnsUnavailable(`${question.type} of ${question.name}: no server answered`, { cause });
}

async function askServer(
  resolver: Resolver & { readonly server: DnsServer },
  question: Question,
  signal: AbortSignal,
): Promise<Answered> {
  const { server, timeoutMs, maxAliases } = resolver;
  const id = Math.floor(resolver.random.fraction() * 0x1_0000);
  const message = await withDeadline(resolver.clock, { timeoutMs, signal }, (joined) =>
    exchange(server, { id, ...question }, joined),
  );
  const reading = readAnswer(message, question, maxAliases);
  if (reading.status === 'failed') throw new DnsUnavailable(`${server.host} port ${server.port}: ${reading.reason}`);
  return reading;
}

/** One family that could not be asked for does not hide the other's addresses; but it never makes "none". */
function joinFamilies(answers: readonly PromiseSettledResult<DnsAnswer<IpAddress>>[]): DnsAnswer<IpAddress> {
  const answered = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const withRecords = answered.filter((answer) => answer.records.length > 0);
  const failure = answers.find((answer) => answer.status === 'rejected');
  if (withRecords.length === 0 && failure) throw failure.reason;
  const decisive = withRecords.length > 0 ? withRecords : answered;
  return {
    records: decisive.flatMap((answer) => answer.records),
    ttlSeconds: Math.min(...decisive.map((answer) => answer.ttlSeconds)),
  };
}
