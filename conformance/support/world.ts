import { readFileSync } from 'node:fs';
import {
  createVerifier,
  dnsTxtKeySource,
  httpWellKnownKeySource,
  privateExchangeKeySource,
  type Verifier,
} from '@isched/doseta';
import { parseCalAddress, sameCalAddress } from '@isched/icalendar';
import { createReceiver, type Deliver, ischedule, ownCapabilities, type Receiver } from '@isched/ischedule';
import { freeBusyReply, requestStatus } from '@isched/itip';
import { FetchError, type HttpRequest, type HttpResponse } from '@isched/runtime';
import { createFakeClock, createSeededRandom, createZoneDns } from '@isched/testkit';
import { parseDomainName } from '@isched/values';
import { parse } from 'yaml';
import { readRecordedJson } from './corpus.ts';
import { splitMessage } from './raw-request.ts';

/** What one file of `exchanges/` says of the receiver's surroundings; see the README there. */
export interface World {
  readonly now: number;
  readonly path: string;
  readonly users: readonly string[];
  readonly serial: number;
  readonly limits: { readonly maxContentLength: number; readonly maxRecipients: number; readonly maxInstances: number };
  readonly schedulingMessages: Readonly<Record<string, readonly string[]>>;
  readonly calendarDataTypes: readonly string[];
  readonly attachments: readonly string[];
  readonly legacyQuery: boolean;
  readonly keys: { readonly 'private-exchange'?: readonly { domain: string; selector: string; record: string }[] };
  readonly late?: { readonly now: number };
}

/** How a request is judged. */
export type Judge = 'trusted' | 'real' | 'keyless' | 'late';

/** An answer as a file of `exchanges/` expects it. */
export interface ExpectedAnswer {
  readonly status: number | readonly number[];
  readonly fault?: string;
  readonly responses?: readonly {
    readonly recipient: string;
    readonly requestStatus: string;
    readonly calendarData?: true;
  }[];
  readonly capabilities?: 'current' | 'legacy';
  readonly content?: 'none';
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ExpectedExchange extends Partial<Record<Judge, ExpectedAnswer>> {
  readonly requirements?: readonly string[];
  readonly both?: ExpectedAnswer;
  readonly why?: string;
}

/** Reads a file of `exchanges/`. */
export function readExpectations(file: string): {
  readonly world: World;
  readonly requests: Readonly<Record<string, ExpectedExchange>>;
} {
  return parse(readFileSync(new URL(`../exchanges/${file}`, import.meta.url), 'utf8'));
}

/** A receiver in that world, with one of its verifiers. */
export function receiverIn(world: World, judge: Judge): Receiver {
  const dns = createZoneDns();
  const capabilities = ownCapabilities({
    serialNumber: world.serial,
    administrator: 'mailto:postmaster@example.com',
    ...world.limits,
    schedulingMessages: Object.entries(world.schedulingMessages).map(([component, methods]) => ({
      component,
      methods,
    })),
    jcal: world.calendarDataTypes.includes('application/calendar+json'),
    attachments: {
      inline: world.attachments.includes('inline'),
      external: world.attachments.includes('external'),
    },
    rscales: [],
  });
  return createReceiver(
    {
      capabilities: { current: () => capabilities },
      verifier: judge === 'trusted' ? trustingVerifier : realVerifier(world, judge),
      alignment: { dns, allow: () => false },
      deliver: stubDelivery(world),
    },
    { paths: [world.path], legacyQuery: world.legacyQuery },
  );
}

/** Asks the receiver what a recording asked. */
export async function ask(receiver: Receiver, recorded: string): Promise<HttpResponse> {
  const { line, fields, content } = splitMessage(recorded);
  const [method = '', target = ''] = line.split(' ');
  const request: HttpRequest = { method, target, fields, readContent: async () => content };
  return receiver.handle(request);
}

/** Passes every message for the domain of its Originator. */
export const trustingVerifier: Verifier = {
  async verify({ fields }) {
    const originator = fields.find(({ name }) => name.toLowerCase() === 'originator')?.value ?? '';
    const signingDomain = parseDomainName(originator.slice(originator.lastIndexOf('@') + 1));
    return {
      status: 'pass',
      signature: {
        algorithm: 'rsa-sha256',
        signatureValue: '',
        contentHash: '',
        canonicalization: { header: 'ischedule-relaxed', content: 'simple' },
        signingDomain,
        selector: 'trusted',
        signedNames: [],
        identity: { localPart: '', domain: signingDomain },
        queryMethods: ['dns/txt'],
      },
      key: { source: 'dns/txt', bits: 2048, testing: false, strictDomain: false, record: '' },
      quirks: [],
    };
  },
};

function realVerifier({ now, late, keys }: World, judge: Judge): Verifier {
  const dns = createZoneDns();
  const exchanged = judge === 'keyless' ? [] : (keys['private-exchange'] ?? []);
  const records = exchanged.map(({ domain, selector, record }) => {
    const [file = '', member = ''] = record.split('#');
    const value = (readRecordedJson(file) as Readonly<Record<string, string>>)[member] ?? '';
    return { signingDomain: parseDomainName(domain), selector, record: value };
  });
  const fetch = async (): Promise<never> => {
    throw new FetchError('connect-failed', 'nothing is out there');
  };
  return createVerifier({
    template: ischedule,
    keySources: [
      dnsTxtKeySource({ dns }),
      httpWellKnownKeySource({ dns, fetch, random: createSeededRandom(1) }),
      privateExchangeKeySource(records),
    ],
    clock: createFakeClock((judge === 'late' ? (late?.now ?? now) : now) * 1000),
  });
}

/** Success for who lives here, 3.7 for anybody else; nobody is ever busy. */
function stubDelivery({ users, now }: World): Deliver {
  const known = users.map(parseCalAddress);
  const clock = createFakeClock(now * 1000);
  return async ({ itip, recipients }) =>
    recipients.map(({ address }) => {
      if (!known.some((user) => sameCalAddress(user, address))) {
        return { requestStatus: requestStatus('3.7'), reason: 'unknown-user', replies: [] };
      }
      const asks = itip.componentType === 'VFREEBUSY' && itip.method === 'REQUEST';
      const replies = asks ? [freeBusyReply(itip, { user: address, periods: [], now: clock.now() })] : [];
      return { requestStatus: requestStatus('2.0'), reason: 'stored', replies };
    });
}
