import { createHash } from 'node:crypto';
import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import {
  contentRelaxed,
  createSigner,
  createVerifier,
  generateKeyPair,
  headerRelaxed,
  keyRecordText,
  privateExchangeKeySource,
  type ServiceTemplate,
} from '../../src/index.ts';
import { clockAt } from '../support/world.ts';

/** Web hooks: a service that nobody thought of when the library was written, as data alone. */
const webhooks: ServiceTemplate = {
  name: 'web hooks',
  signatureField: 'Hook-Signature',
  headerCanonicalizations: [headerRelaxed],
  contentCanonicalizations: [contentRelaxed],
  defaultCanonicalization: 'relaxed/relaxed',
  fields: {
    must: ['hook-topic', 'hook-id'],
    mustIfPresent: ['hook-tenant'],
    should: ['content-type'],
    never: ['host', 'proxy-*'],
    neverIfNamedIn: [],
  },
  repeatedNames: 'refuse',
  signatures: 'exactly-one',
  partialContent: 'refuse',
  algorithms: ['ed25519-sha256'],
  keyService: 'webhook',
  testingKeys: 'accept',
  queryMethods: ['private-exchange'],
  listedQueryMethods: ['private-exchange'],
  times: { maxFutureSeconds: 5, minLifetimeSeconds: 1 },
};

const signingDomain = parseDomainName('hooks.example');
const message = {
  fields: [
    { name: 'Hook-Topic', value: 'invoice.paid' },
    { name: 'Hook-ID', value: '17' },
    { name: 'Hook-Tenant', value: 'acme' },
    { name: 'Host', value: 'receiver.example' },
  ],
  content: Buffer.from('{"amount":  1}\r\n\r\n'),
};

describe('a third service', () => {
  it('[DO-1.22] signs and verifies by a filled-in template, and no code', async () => {
    const key = await generateKeyPair('ed25519-sha256');
    const clock = clockAt(1_795_358_000);
    const signer = createSigner({ template: webhooks, clock }, { lifetimeSeconds: 10 });
    const field = await signer.sign(message, { signingDomain, selector: 'a', key });
    const body = createHash('sha256').update('{"amount": 1}\r\n').digest('base64');
    expect(field.name).toBe('Hook-Signature');
    expect(field.value).toContain(
      `a=ed25519-sha256; c=relaxed/relaxed; d=hooks.example; s=a; q=private-exchange; t=1795358000; x=1795358010; h=hook-topic:hook-id:hook-tenant; bh=${body}; b=`,
    );

    const source = privateExchangeKeySource([{ signingDomain, selector: 'a', record: keyRecordText(key, 'webhook') }]);
    const verifier = createVerifier({ template: webhooks, keySources: [source], clock });
    const signed = { ...message, fields: [...message.fields, field] };
    expect(await verifier.verify(signed)).toMatchObject({
      status: 'pass',
      key: { source: 'private-exchange', bits: 256 },
    });
    const changed = { ...signed, content: Buffer.from('{"amount": 2}') };
    expect(await verifier.verify(changed)).toMatchObject({ status: 'fail', reason: 'content-hash-mismatch' });
    await clock.advance(11_000);
    expect(await verifier.verify(signed)).toMatchObject({ status: 'fail', reason: 'expired' });
  });
});
