import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { type CachedKeySourceOptions, cachedKeySource } from '../../src/keys/cached.ts';
import type { KeyLookup } from '../../src/keys/key-source.ts';
import { createVerifier } from '../../src/verify.ts';
import { keyData, otherRsaKey } from '../support/keys.ts';
import { now, recordOf, requestService, signedMessage } from '../support/requests.ts';
import { absent, clockAt, found, scriptedKeys, unavailable } from '../support/world.ts';

const query = { signingDomain: parseDomainName('example.com'), selector: 'sel' };

function cache(answer: KeyLookup, options: CachedKeySourceOptions = {}) {
  const origin = scriptedKeys('dns/txt', answer);
  const clock = clockAt(1_000);
  return { origin, clock, source: cachedKeySource(origin, { clock }, options) };
}

describe('cachedKeySource', () => {
  it('[DO-5.34] keeps records for their life, and says so (T38)', async () => {
    const { origin, clock, source } = cache({ status: 'found', records: ['p='], ttlSeconds: 60 });
    expect(await source.lookup(query)).toEqual({ status: 'found', records: ['p='], ttlSeconds: 60 });
    origin.answer = absent;
    await clock.advance(59_000);
    expect(await source.lookup(query)).toEqual({ status: 'found', records: ['p='], ttlSeconds: 1, fromCache: true });
    await clock.advance(1_000);
    expect(await source.lookup(query)).toMatchObject({ status: 'absent' });
  });

  it('[DO-5.34] keeps them no longer than it is told, and not at all with no life', async () => {
    const long = cache({ status: 'found', records: ['p='], ttlSeconds: 1_000_000 }, { maxTtlSeconds: 10 });
    await long.source.lookup(query);
    await long.clock.advance(10_000);
    await long.source.lookup(query);
    expect(long.origin.asked).toHaveLength(2);
    const none = cache({ status: 'found', records: ['p='], ttlSeconds: 0 });
    await none.source.lookup(query);
    expect(await none.source.lookup(query)).not.toHaveProperty('fromCache');
    expect(none.origin.asked).toHaveLength(2);
  });

  it('keeps so many characters and no more, the latest used', async () => {
    const records = ['p='.padEnd(400, 'A')];
    const { origin, source } = cache({ status: 'found', records, ttlSeconds: 60 }, { maxLength: 1_000 });
    const named = (selector: string) => source.lookup({ ...query, selector });
    for (const selector of ['one', 'two', 'one', 'three', 'one', 'two']) await named(selector);
    expect(origin.asked).toHaveLength(4);
    origin.answer = { status: 'found', records: ['p='.padEnd(2_000, 'A')], ttlSeconds: 60 };
    await named('long');
    expect(await named('long')).not.toHaveProperty('fromCache');
    expect(await named('two')).toHaveProperty('fromCache', true);
  });

  it('[DO-5.35] keeps "there is none" briefly', async () => {
    const { origin, clock, source } = cache({ status: 'absent', ttlSeconds: 86_400 });
    await source.lookup(query);
    await clock.advance(59_000);
    await source.lookup(query);
    expect(origin.asked).toHaveLength(1);
    await clock.advance(1_000);
    await source.lookup(query);
    expect(origin.asked).toHaveLength(2);
  });

  it('[DO-5.30] does not keep "could not ask"', async () => {
    const { origin, source } = cache(unavailable);
    expect(await source.lookup(query)).toBe(unavailable);
    origin.answer = found('p=');
    expect(await source.lookup(query)).toMatchObject({ status: 'found' });
  });

  it('makes one question of many at once', async () => {
    const { origin, source } = cache(found('p='));
    const answers = await Promise.all(Array.from({ length: 100 }, () => source.lookup(query)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['found']));
    expect(origin.asked).toHaveLength(1);
  });

  it('keeps names apart, and no more of them than it is told', async () => {
    const { origin, source } = cache(found('p='), { maxEntries: 2 });
    for (const selector of ['a', 'b', 'c', 'c', 'b']) await source.lookup({ ...query, selector });
    expect(origin.asked.map((one) => one.query.selector)).toEqual(['a', 'b', 'c']);
    await source.lookup({ ...query, selector: 'a' });
    expect(origin.asked).toHaveLength(4);
  });

  it("leaves the question to the others when one caller's patience ends", async () => {
    const { origin, source } = cache(found('p='));
    const leaving = new AbortController();
    const left = source.lookup(query, { signal: leaving.signal });
    const staying = source.lookup(query);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(await staying).toMatchObject({ status: 'found' });
    expect(origin.asked).toHaveLength(1);
    await expect(source.lookup(query, { signal: AbortSignal.abort(new Error('never came')) })).rejects.toThrow(
      'never came',
    );
  });
});

describe('a fresh look-up', () => {
  const fresh = { fresh: true };

  it('[DO-5.36] asks past what is kept, and keeps what it finds', async () => {
    const { origin, source } = cache(found('p=old'));
    await source.lookup(query);
    origin.answer = found('p=new');
    expect(await source.lookup(query, fresh)).toEqual(found('p=new'));
    expect(await source.lookup(query)).toMatchObject({ records: ['p=new'], fromCache: true });
    expect(origin.asked.map(({ options }) => options.fresh)).toEqual([false, true]);
  });

  it('[DO-5.37] is answered from what is kept when the last one was not long ago', async () => {
    const { origin, clock, source } = cache(found('p=old'));
    await source.lookup(query);
    for (const step of [0, 1, 58]) {
      await clock.advance(step * 1_000);
      await source.lookup(query, fresh);
    }
    expect(origin.asked).toHaveLength(2);
    expect(await source.lookup(query, fresh)).toMatchObject({ fromCache: true });
    await clock.advance(1_000);
    expect(await source.lookup(query, fresh)).not.toHaveProperty('fromCache');
    expect(origin.asked).toHaveLength(3);
  });

  it('[DO-5.37] is limited for each name for itself', async () => {
    const { origin, source } = cache(found('p=old'));
    for (const selector of ['a', 'b', 'a', 'b']) await source.lookup({ ...query, selector }, fresh);
    expect(origin.asked.map((one) => one.query.selector)).toEqual(['a', 'b']);
  });

  it('[DO-5.37] is limited also where records live shorter than the limit', async () => {
    const { origin, clock, source } = cache({ status: 'found', records: ['p='], ttlSeconds: 2 });
    for (let second = 0; second < 60; second += 1) {
      await source.lookup(query);
      await source.lookup(query, fresh);
      await clock.advance(1_000);
    }
    expect(origin.asked.filter(({ options }) => options.fresh)).toHaveLength(1);
  });

  it('[DO-5.30] that could not be asked is remembered as that, and what was kept stays', async () => {
    const { origin, clock, source } = cache(found('p=old'));
    await source.lookup(query);
    origin.answer = unavailable;
    expect(await source.lookup(query, fresh)).toBe(unavailable);
    expect(await source.lookup(query, fresh)).toBe(unavailable);
    expect(origin.asked).toHaveLength(2);
    expect(await source.lookup(query)).toMatchObject({ records: ['p=old'], fromCache: true });
    origin.answer = found('p=new');
    await clock.advance(60_000);
    expect(await source.lookup(query, fresh)).toMatchObject({ records: ['p=new'] });
  });

  it('is shared by many at once', async () => {
    const { origin, source } = cache(found('p=old'));
    await source.lookup(query);
    const answers = await Promise.all(Array.from({ length: 50 }, () => source.lookup(query, fresh)));
    expect(answers.every((answer) => answer.status === 'found' && !answer.fromCache)).toBe(true);
    expect(origin.asked).toHaveLength(2);
  });
});

describe('a verifier with a cache', () => {
  it('[DO-5.36, DO-5.37] takes a key that was changed, and is not made to ask again and again by strangers', async () => {
    const clock = clockAt(now);
    const origin = scriptedKeys('dns/txt', found(`p=${keyData(otherRsaKey().publicKey)}`));
    const verifier = createVerifier({
      template: requestService,
      keySources: [cachedKeySource(origin, { clock })],
      clock,
    });
    expect(await verifier.verify(signedMessage())).toMatchObject({ status: 'fail', reason: 'signature-mismatch' });
    expect(origin.asked).toHaveLength(1);
    origin.answer = found(recordOf());
    expect(await verifier.verify(signedMessage())).toMatchObject({ status: 'pass' });
    expect(origin.asked).toHaveLength(2);
    const forged = signedMessage({ reference: { key: otherRsaKey().privateKey } });
    for (let round = 0; round < 20; round += 1) {
      expect(await verifier.verify(forged)).toMatchObject({ status: 'fail', reason: 'signature-mismatch' });
    }
    expect(origin.asked).toHaveLength(2);
  });
});
