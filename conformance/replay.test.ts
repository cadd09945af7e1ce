import { readFileSync } from 'node:fs';
import { createSigner, parseSigningKey } from '@isched/doseta';
import { ischedule, readScheduleAnswer } from '@isched/ischedule';
import { fieldValue, type HttpResponse } from '@isched/runtime';
import { parseDomainName } from '@isched/values';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type House, openHouse } from './support/house.ts';
import { type RawMessage, splitMessage } from './support/raw-request.ts';

// A request that another implementation signed, its key and its time; delivered to real calendars.
const { now, vectors } = JSON.parse(readFileSync(new URL('vectors/association.json', import.meta.url), 'utf8')) as {
  readonly now: number;
  readonly vectors: readonly { readonly name: string; readonly zone: readonly string[]; readonly request: string }[];
};
const good = vectors.find(({ name }) => name === 'good');
if (!good) throw new Error('there is no good vector');
const signedElsewhere = splitMessage(good.request);
const keyName = 'cal._domainkey.example.com';

let house: House;
beforeEach(async () => {
  house = await openHouse(['mailto:bob@example.net', 'mailto:carol@example.net'], now, good.zone);
});
afterEach(() => house[Symbol.asyncDispose]());

/** The same message under another id and a signature of its own, as a peer sends it that makes both anew at each hop. */
async function signedAnew(messageId: string): Promise<Pick<RawMessage, 'fields' | 'content'>> {
  const pem = readFileSync(new URL('vectors/keys/rsa-2048.pem', import.meta.url), 'utf8');
  const { content } = signedElsewhere;
  const fields = signedElsewhere.fields
    .filter(({ name }) => name !== 'DKIM-Signature')
    .map((field) => (field.name === 'iSchedule-Message-ID' ? { ...field, value: ` ${messageId}` } : field));
  const identity = { signingDomain: parseDomainName('example.com'), selector: 'cal', key: parseSigningKey(pem) };
  const signature = await createSigner({ template: ischedule, clock: house.clock }).sign({ fields, content }, identity);
  return { fields: [...fields, signature], content };
}

function statusesOf(response: HttpResponse): readonly (string | undefined)[] {
  const answer = readScheduleAnswer(response.content);
  return answer.kind === 'responses' ? answer.responses.map(({ requestStatus }) => requestStatus?.split(';')[0]) : [];
}

describe('a message that was signed elsewhere, and calendars', () => {
  it('[IS-5.16, Q61, Q62] is stored for each recipient, and answered 200 and 2.0, never 1.0', async () => {
    const response = await house.post(signedElsewhere);
    expect(response.status).toBe(200);
    expect(statusesOf(response)).toEqual(['2.0', '2.0']);
    expect(await house.snapshot()).toHaveLength(2);
  });

  it('[DO-7.1, DO-7.2, IS-7.6, Q62] gets the first answer, octet for octet, when it comes again, and has one effect', async () => {
    const first = await house.post(signedElsewhere);
    const stored = await house.snapshot();
    await house.clock.advance(60_000);
    const again = await house.post(signedElsewhere);
    expect(again.status).toBe(first.status);
    expect(Buffer.from(again.content)).toEqual(Buffer.from(first.content));
    expect(await house.snapshot()).toEqual(stored);
  });

  it('[DO-7.3, Q5] has one effect under a new message id and signature', async () => {
    await house.post(signedElsewhere);
    const stored = await house.snapshot();
    await house.clock.advance(60_000);
    const again = await house.post(await signedAnew('another'));
    expect(statusesOf(again)).toEqual(['2.0', '2.0']);
    expect(await house.snapshot()).toEqual(stored);
  });

  it('[DO-5.33, DO-5.30, IS-4.28] changes nothing while its key can not be asked for, and passes later', async () => {
    house.dns.fail(keyName);
    const response = await house.post(signedElsewhere);
    expect(response.status).toBe(503);
    expect(fieldValue(response.fields, 'Retry-After')).toMatch(/^\d+$/);
    const answer = readScheduleAnswer(response.content);
    expect(answer).toMatchObject({
      kind: 'error',
      error: { fault: undefined, description: expect.stringContaining('later') },
    });
    expect(await house.snapshot()).toEqual([]);
    house.dns.heal(keyName);
    expect((await house.post(signedElsewhere)).status).toBe(200);
    expect(await house.snapshot()).toHaveLength(2);
  });

  it('[DO-6.3, IS-4.12] changes nothing when its domain may not speak for the originator', async () => {
    const fields = signedElsewhere.fields
      .filter(({ name }) => name !== 'DKIM-Signature')
      .map((field) => (field.name === 'Originator' ? { ...field, value: ' mailto:victim@good.example' } : field));
    const pem = readFileSync(new URL('vectors/keys/rsa-2048.pem', import.meta.url), 'utf8');
    const identity = { signingDomain: parseDomainName('example.com'), selector: 'cal', key: parseSigningKey(pem) };
    const { content } = signedElsewhere;
    const signer = createSigner({ template: ischedule, clock: house.clock });
    const response = await house.post({
      fields: [...fields, await signer.sign({ fields, content }, identity)],
      content,
    });
    expect(response.status).toBe(403);
    expect(readScheduleAnswer(response.content)).toMatchObject({ error: { fault: 'verification-failed' } });
    expect(await house.snapshot()).toEqual([]);
  });

  it('[IS-4.11, IS-7.2] changes nothing when it is unsigned, altered or too old', async () => {
    const unsigned = signedElsewhere.fields.filter(({ name }) => name !== 'DKIM-Signature');
    const altered = Buffer.from(
      Buffer.from(signedElsewhere.content).toString('latin1').replace('T100000Z', 'T110000Z'),
      'latin1',
    );
    const refused = [
      await house.post({ ...signedElsewhere, fields: unsigned }),
      await house.post({ ...signedElsewhere, content: altered }),
    ];
    await house.clock.advance(7_200_000);
    refused.push(await house.post(signedElsewhere));
    for (const response of refused) {
      expect(response.status).toBe(403);
      expect(readScheduleAnswer(response.content)).toMatchObject({ error: { fault: 'verification-failed' } });
    }
    expect(await house.snapshot()).toEqual([]);
  });
});
