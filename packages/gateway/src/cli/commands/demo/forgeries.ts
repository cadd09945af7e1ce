import {
  createSigner,
  generateKeyPair,
  keyRecordText,
  type SignedMessage,
  type SigningIdentity,
  zoneFileText,
} from '@isched/doseta';
import { ischedule } from '@isched/ischedule';
import { type Clock, type FetchResponse, systemClock, systemRandom } from '@isched/runtime';
import { epochMs, octetsFromText } from '@isched/values';
import type { Network } from '../../../server/network.ts';
import type { Party, World } from './world.ts';

/** A request made by hand, to be sent with or without a good signature. */
export interface HandMade {
  readonly originator: string;
  readonly recipient: string;
  readonly text: string;
}

/** Who signs a hand-made request, and at which time it claims to be. */
export interface Signing {
  readonly identity: SigningIdentity;
  /** Added to now. Milliseconds; default 0. */
  readonly shiftMs?: number;
}

/** A request as a sender would send it, signed. @throws TypeError when the key is not fit to sign. */
export async function signedRequest(
  { originator, recipient, text }: HandMade,
  { identity, shiftMs = 0 }: Signing,
): Promise<SignedMessage> {
  const message: SignedMessage = {
    fields: [
      { name: 'iSchedule-Version', value: '1.0' },
      { name: 'iSchedule-Message-ID', value: systemRandom.token() },
      { name: 'Originator', value: originator },
      { name: 'Recipient', value: recipient },
      { name: 'Content-Type', value: 'text/calendar; component=VEVENT; method=REQUEST; charset=utf-8' },
    ],
    content: octetsFromText(text),
  };
  const clock: Clock = { ...systemClock, now: () => epochMs(systemClock.now() + shiftMs) };
  const signature = await createSigner({ template: ischedule, clock }).sign(message, identity);
  return { ...message, fields: [...message.fields, signature] };
}

/** The key an organisation of the story signs with. @throws nothing. */
export function identityOf({ organisation }: Party): SigningIdentity {
  return { signingDomain: organisation.domain, selector: organisation.selector, key: organisation.signingKey };
}

/** A second key of an organisation, which its zone says is revoked. @throws nothing. */
export async function revokedIdentity(party: Party, world: World): Promise<SigningIdentity> {
  const { organisation } = party;
  const query = { signingDomain: organisation.domain, selector: 'leaked' };
  const key = await generateKeyPair('rsa-sha256');
  const record = keyRecordText(key, ischedule.keyService).replace(/p=[^;]*/, 'p=');
  world.dns.setZone(organisation.domain, `${organisation.zoneText}\n${zoneFileText(query, record)}`);
  return { ...query, key };
}

/** What a receiver made of a hand-made request. */
export interface Verdict {
  readonly httpStatus: number;
  /** The code of the error document. */
  readonly fault?: string | undefined;
  readonly description?: string | undefined;
  /** Of the one recipient. */
  readonly requestStatus?: string | undefined;
  /** The answer's content, to compare answers by. */
  readonly text: string;
}

/** Posts a request to a receiver just as it is. @throws FetchError when nobody answers. */
export async function post(message: SignedMessage, to: Party, network: Network): Promise<Verdict> {
  const response = await network.fetch({ method: 'POST', url: to.organisation.receiverUrl, ...message });
  return readVerdict(response);
}

function readVerdict(response: FetchResponse): Verdict {
  const text = Buffer.from(response.content).toString('utf8');
  const fault = /<error[^>]*>\s*<([a-z-]+)\s*\/>/.exec(text)?.[1];
  return {
    httpStatus: response.status,
    fault,
    description: /<response-description>([^<]*)</.exec(text)?.[1],
    requestStatus: /<request-status>([^<]*)</.exec(text)?.[1],
    text,
  };
}
