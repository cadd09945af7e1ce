import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { privateExchangeKeySource } from '../../src/keys/private-exchange.ts';

const signingDomain = parseDomainName('example.com');
const source = privateExchangeKeySource([
  { signingDomain, selector: 'one', record: 'p=A' },
  { signingDomain, selector: 'two', record: 's=email; p=B' },
  { signingDomain, selector: 'TWO', record: 's=ischedule; p=C' },
]);

describe('privateExchangeKeySource', () => {
  it('[DO-5.15] has the keys of the configuration, several for one name in their order (T34, T41)', async () => {
    expect(await source.lookup({ signingDomain, selector: 'one' })).toMatchObject({
      status: 'found',
      records: ['p=A'],
    });
    expect(await source.lookup({ signingDomain, selector: 'Two' })).toMatchObject({
      records: ['s=email; p=B', 's=ischedule; p=C'],
    });
  });

  it.each([
    ['another selector (T41)', { signingDomain, selector: 'three' }],
    ['another domain', { signingDomain: parseDomainName('example.org'), selector: 'one' }],
  ])('[DO-5.15] has none for %s', async (_what, query) => {
    expect(await source.lookup(query)).toMatchObject({ status: 'absent' });
  });
});
