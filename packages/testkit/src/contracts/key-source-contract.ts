import type { KeyLookup, KeySource } from '@isched/doseta';
import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';

/** A key source that has the contract's keys. */
export interface KeySourceUnderTest {
  readonly source: KeySource;
  /** From now on the world it asks can't be asked; left out where it asks nobody. */
  readonly cutOff?: (() => void) | undefined;
}

/** One key that the source must have. */
export interface PublishedKey {
  readonly selector: string;
  readonly domain: string;
  readonly records: readonly string[];
}

const keyText = 'v=DKIM1; k=rsa; s=ischedule; p=';
const long = `${keyText}${'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A'.repeat(12)}`;

const keys: readonly PublishedKey[] = [
  { selector: 'one', domain: 'example.com', records: [`${keyText}AAAA`] },
  { selector: 'long', domain: 'example.com', records: [long] },
  { selector: 'two', domain: 'example.com', records: [`${keyText}BBBB`, `${keyText}CCCC`] },
  { selector: 'revoked', domain: 'example.com', records: [keyText] },
  { selector: 'sub.sel', domain: 'mail.example.org', records: [`${keyText}DDDD`] },
];

/**
 * What every KeySource owes the verifier: the raw records, that there are none, or that it could not be asked.
 *
 * @param name - the implementation, for the test's name.
 * @param open - makes one that has these keys and no others; called for each test.
 */
export function keySourceContract(
  name: string,
  open: (keys: readonly PublishedKey[]) => KeySourceUnderTest | Promise<KeySourceUnderTest>,
): void {
  const look = async (under: KeySourceUnderTest, selector: string, domain: string): Promise<KeyLookup> =>
    under.source.lookup({ selector, signingDomain: parseDomainName(domain) });

  describe(`${name} keeps the contract of KeySource`, () => {
    it.each(keys)('[DO-5.29] finds all records of $selector at $domain, raw', async ({ selector, domain, records }) => {
      const found = await look(await open(keys), selector, domain);
      expect(found.status).toBe('found');
      if (found.status !== 'found') return;
      expect(found.records.toSorted()).toEqual(records.toSorted());
      expect(found.ttlSeconds).toBeGreaterThanOrEqual(0);
    });

    it.each([
      ['another selector', 'three', 'example.com'],
      ['another domain', 'one', 'example.net'],
      ['a domain below', 'one', 'sub.example.com'],
      ['a domain above', 'sub.sel', 'example.org'],
    ])('finds none for %s', async (_what, selector, domain) => {
      const none = await look(await open(keys), selector, domain);
      expect(none.status).toBe('absent');
    });

    it('[DO-5.30] never says "none" where it could not ask', async () => {
      const under = await open(keys);
      under.cutOff?.();
      for (const selector of ['one', 'three']) {
        const { status } = await look(under, selector, 'example.com');
        if (under.cutOff) expect(status).toBe('unavailable');
        else expect(['found', 'absent']).toContain(status);
      }
    });

    it("throws its caller's reason when the caller has left", async () => {
      const { source } = await open(keys);
      const query = { selector: 'one', signingDomain: parseDomainName('example.com') };
      const signal = AbortSignal.abort(new Error('left'));
      await expect(source.lookup(query, { signal })).rejects.toThrow('left');
    });
  });
}
