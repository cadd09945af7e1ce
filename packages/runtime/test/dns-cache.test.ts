import { cachedDns, type Dns, type DnsAnswer, DnsUnavailable, type Srv } from '@isched/runtime';
import { createFakeClock, createZoneDns } from '@isched/testkit';
import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';

const name = parseDomainName('example.com');
const zone = '$ORIGIN example.com.\n@ 3600 SOA ns host 1 1h 1h 1d 120\n@ 60 TXT "one"\n0 0 TXT "never kept"\n';

describe('cachedDns', () => {
  it('[IS-1.14, DO-5.34] answers from what it keeps until the records end, and says how long that is', async () => {
    const clock = createFakeClock();
    const dns = createZoneDns(zone);
    const cached = cachedDns(dns, { clock });
    expect(await cached.txt(name)).toEqual({ records: [['one']], ttlSeconds: 60 });
    await clock.advance(59_000);
    expect(await cached.txt(name)).toEqual({ records: [['one']], ttlSeconds: 1 });
    expect(dns.questions).toHaveLength(1);
    await clock.advance(1_000);
    await cached.txt(name);
    expect(dns.questions).toHaveLength(2);
  });

  it('[DO-5.35] keeps negative answers for the negative life of the zone', async () => {
    const clock = createFakeClock();
    const dns = createZoneDns(zone);
    const cached = cachedDns(dns, { clock });
    expect(await cached.srv(name)).toEqual({ records: [], ttlSeconds: 120 });
    await clock.advance(119_000);
    await cached.srv(name);
    expect(dns.questions).toHaveLength(1);
    await clock.advance(1_000);
    await cached.srv(name);
    expect(dns.questions).toHaveLength(2);
  });

  it('does not keep failures', async () => {
    const dns = createZoneDns(zone);
    const cached = cachedDns(dns, { clock: createFakeClock() });
    dns.fail(name);
    await expect(cached.txt(name)).rejects.toThrow(DnsUnavailable);
    dns.heal(name);
    expect((await cached.txt(name)).records).toEqual([['one']]);
  });

  it('does not keep what is very long', async () => {
    const many = Array.from({ length: 30 }, (_, index) => `many 60 TXT "${index}${'x'.repeat(200)}"`);
    const dns = createZoneDns(`${zone}${many.join('\n')}\n`);
    const cached = cachedDns(dns, { clock: createFakeClock() });
    const asked = parseDomainName('many.example.com');
    expect((await cached.txt(asked)).records).toHaveLength(30);
    expect((await cached.txt(asked)).records).toHaveLength(30);
    expect(dns.questions).toHaveLength(2);
  });

  it('does not keep what may not be kept', async () => {
    const dns = createZoneDns(zone);
    const cached = cachedDns(dns, { clock: createFakeClock() });
    await cached.txt(parseDomainName('0.example.com'));
    await cached.txt(parseDomainName('0.example.com'));
    expect(dns.questions).toHaveLength(2);
  });

  it('keeps no more than it was told to, and what was used last', async () => {
    const dns = createZoneDns('$TTL 1h\na.example. TXT "a"\nb.example. TXT "b"\nc.example. TXT "c"\n');
    const cached = cachedDns(dns, { clock: createFakeClock() }, { maxEntries: 2 });
    for (const label of ['a', 'b', 'a', 'c', 'a', 'b']) await cached.txt(parseDomainName(`${label}.example`));
    expect(dns.questions).toEqual(['txt a.example', 'txt b.example', 'txt c.example', 'txt b.example']);
  });

  it('cuts lives that are very long', async () => {
    const cached = cachedDns(createZoneDns('a.example. 604800 TXT "a"'), { clock: createFakeClock() });
    expect((await cached.txt(parseDomainName('a.example'))).ttlSeconds).toBe(86_400);
  });

  it('asks once for many who ask at the same time, and goes on when one of them leaves', async () => {
    const { dns, answer, signals } = waitingDns();
    const cached = cachedDns(dns, { clock: createFakeClock() });
    const leaving = new AbortController();
    const asked = [cached.srv(name, { signal: leaving.signal }), cached.srv(name), cached.srv(name)];
    leaving.abort(new Error('left'));
    await expect(asked[0]).rejects.toThrow('left');
    answer({ records: [], ttlSeconds: 1 });
    expect(await Promise.all(asked.slice(1))).toEqual([
      { records: [], ttlSeconds: 1 },
      { records: [], ttlSeconds: 1 },
    ]);
    expect(signals).toHaveLength(1);
  });

  it('stops asking when the last one has left, and starts anew for the next', async () => {
    const { dns, signals } = waitingDns();
    const cached = cachedDns(dns, { clock: createFakeClock() });
    const leaving = new AbortController();
    const asked = cached.srv(name, { signal: leaving.signal });
    leaving.abort(new Error('left'));
    await expect(asked).rejects.toThrow('left');
    expect(signals[0]?.aborted).toBe(true);
    void cached.srv(name);
    expect(signals).toHaveLength(2);
    expect(signals[1]?.aborted).toBe(false);
  });
});

function waitingDns(): {
  readonly dns: Dns;
  readonly answer: (answer: DnsAnswer<Srv>) => void;
  readonly signals: (AbortSignal | undefined)[];
} {
  const { promise, resolve } = Promise.withResolvers<DnsAnswer<Srv>>();
  const signals: (AbortSignal | undefined)[] = [];
  const dns: Dns = {
    ...createZoneDns(),
    srv: (_name, options) => {
      signals.push(options?.signal);
      return promise;
    },
  };
  return { dns, answer: resolve, signals };
}
