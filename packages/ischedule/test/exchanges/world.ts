import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createVerifier,
  dnsTxtKeySource,
  httpWellKnownKeySource,
  type KeySource,
  privateExchangeKeySource,
  type Signature,
  type Verifier,
} from '@isched/doseta';
import { calAddressKey, parseCalAddress, parseDateValue } from '@isched/icalendar';
import {
  createReceiver,
  type Deliver,
  type DeliveryResult,
  domainOfAddress,
  ischedule,
  ownCapabilities,
  type Receiver,
} from '@isched/ischedule';
import { freeBusyReply, requestStatus } from '@isched/itip';
import { FetchError, fieldValue } from '@isched/runtime';
import { createFakeClock, createSeededRandom, createZoneDns } from '@isched/testkit';
import { epochMs, parseDomainName } from '@isched/values';
import { parse } from 'yaml';
import { expectations, recordings } from './recordings.ts';

/** `world` of a file of expected answers; its README says what each member means. */
export interface World {
  readonly now: number;
  readonly path: string;
  readonly users: readonly string[];
  readonly serial: number;
  readonly limits: {
    readonly maxContentLength: number;
    readonly maxRecipients: number;
    readonly maxInstances: number;
    readonly minDateTime: string;
    readonly maxDateTime: string;
  };
  readonly schedulingMessages: Readonly<Record<string, readonly string[]>>;
  readonly calendarDataTypes: readonly string[];
  readonly attachments: readonly string[];
  readonly legacyQuery: boolean;
  readonly keys: {
    readonly 'private-exchange'?: readonly {
      readonly domain: string;
      readonly selector: string;
      readonly record: string;
    }[];
  };
  readonly late?: { readonly now: number };
}

export interface ExpectedAnswer {
  readonly status: number | readonly number[];
  readonly fault?: string;
  readonly responses?: readonly {
    readonly recipient: string;
    readonly requestStatus: string;
    readonly calendarData?: boolean;
  }[];
  readonly capabilities?: 'current' | 'legacy';
  readonly content?: 'none';
  readonly headers?: Readonly<Record<string, string>>;
}

/** Which verifier judges. */
export type Judge = 'trusted' | 'real' | 'keyless' | 'late';

export interface ExpectedExchanges {
  readonly world: World;
  readonly requests: Readonly<
    Record<string, { readonly requirements?: readonly string[] } & { readonly [J in Judge | 'both']?: ExpectedAnswer }>
  >;
}

export function readExpectations<T>(file: string): T {
  return parse(readFileSync(join(expectations, file), 'utf8')) as T;
}

/** The receiver that the expected answers are about. */
export function receiverOf(world: World, judge: Judge): Receiver {
  const clock = createFakeClock((judge === 'late' && world.late ? world.late.now : world.now) * 1_000);
  const dns = createZoneDns();
  const capabilities = ownCapabilities({
    serialNumber: world.serial,
    administrator: 'mailto:postmaster@example.org',
    schedulingMessages: Object.entries(world.schedulingMessages).map(([component, methods]) => ({
      component,
      methods,
    })),
    jcal: world.calendarDataTypes.includes('application/calendar+json'),
    attachments: { inline: world.attachments.includes('inline'), external: world.attachments.includes('external') },
    rscales: [],
    ...world.limits,
    minDateTime: instantOf(world.limits.minDateTime),
    maxDateTime: instantOf(world.limits.maxDateTime),
  });
  const keySources: KeySource[] = [
    dnsTxtKeySource({ dns }),
    httpWellKnownKeySource({
      dns,
      fetch: async () => Promise.reject(new FetchError('connect-failed', 'nobody there')),
      random: createSeededRandom(1),
    }),
    privateExchangeKeySource(judge === 'keyless' ? [] : exchangedKeys(world)),
  ];
  return createReceiver(
    {
      capabilities: { current: () => capabilities },
      verifier: judge === 'trusted' ? trustingVerifier : createVerifier({ template: ischedule, keySources, clock }),
      alignment: { dns, allow: () => false },
      deliver: stubDelivery(world, epochMs(world.now * 1_000)),
    },
    { paths: [world.path], legacyQuery: world.legacyQuery },
  );
}

/** Passes every message for the domain of its Originator. */
const trustingVerifier: Verifier = {
  async verify({ fields }) {
    const signingDomain = domainOfAddress(parseCalAddress(fieldValue(fields, 'Originator') ?? ''));
    if (!signingDomain) throw new Error('the Originator has no domain');
    return {
      status: 'pass',
      signature: { signingDomain } as Signature,
      key: { source: 'dns/txt', bits: 2048, testing: false, strictDomain: false, record: '' },
      quirks: [],
    };
  },
};

function stubDelivery(world: World, now: ReturnType<typeof epochMs>): Deliver {
  const users = new Set(world.users.map((user) => calAddressKey(parseCalAddress(user))));
  return async ({ itip, recipients }) =>
    recipients.map(({ address, key }): DeliveryResult => {
      if (!users.has(key)) return { requestStatus: requestStatus('3.7'), reason: 'user-unknown', replies: [] };
      const replies = itip.componentType === 'VFREEBUSY' ? [freeBusyReply(itip, address, [], now)] : [];
      return { requestStatus: requestStatus('2.0'), reason: 'stored', replies };
    });
}

function exchangedKeys(world: World) {
  return (world.keys['private-exchange'] ?? []).map(({ domain, selector, record }) => {
    const [file = '', member = ''] = record.split('#');
    const text = (JSON.parse(readFileSync(join(recordings, file), 'utf8')) as Record<string, string>)[member] ?? '';
    return { signingDomain: parseDomainName(domain), selector, record: text };
  });
}

function instantOf(text: string): ReturnType<typeof epochMs> {
  const value = parseDateValue(text);
  if (value.kind === 'date') throw new Error(`no time: ${text}`);
  return epochMs(Date.UTC(value.year, value.month - 1, value.day, value.hour, value.minute, value.second));
}
