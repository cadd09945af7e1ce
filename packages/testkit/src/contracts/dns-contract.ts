import { type Dns, DnsUnavailable } from '@isched/runtime';
import { parseDomainName } from '@isched/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** A name system that serves the contract's zones, and can be made to fail for a name. */
export interface DnsUnderTest extends AsyncDisposable {
  readonly dns: Dns;
  fail(name: string): void;
}

const zones = {
  'example.com': `
$TTL 1h
@ 600 IN SOA ns hostmaster ( 2026112201 1h 10m 1d
                             2m ) ; negative answers: two minutes
@               A     192.0.2.1
                AAAA  2001:db8::1
v4              A     192.0.2.4
v6      30      AAAA  2001:db8::6
_ischedules._tcp 5m   SRV   10 60 443 A.Example.COM.
                 5m   SRV   20 0 8443 b.example.com.
refused._tcp    SRV   0 0 0 .
txt             TXT   "txtvers=1" "path=/ischedule"
                TXT   "second record"
octets          TXT   "\\000\\127\\255" ""
alias   60      CNAME first
first   120     CNAME www.example.net.
dangling        CNAME nowhere.example.net.
loop            CNAME loop2
loop2           CNAME loop
empty.nonterminal TXT "below"
broken          A     192.0.2.66
`,
  'example.net': '@ 90 SOA ns hostmaster 1 1h 10m 1d 45\nwww 3600 A 198.51.100.7\n',
} as const;

/**
 * What every Dns owes its callers.
 *
 * @param name - the implementation, for the test's name.
 * @param open - makes one that serves the given zone texts by origin.
 */
export function dnsContract(
  name: string,
  open: (zones: Readonly<Record<string, string>>) => Promise<DnsUnderTest>,
): void {
  describe(`${name} keeps the contract of Dns`, () => {
    let under: DnsUnderTest;
    beforeAll(async () => {
      under = await open(zones);
    });
    afterAll(async () => under[Symbol.asyncDispose]());
    const host = parseDomainName;

    it('gives the addresses of both families', async () => {
      expect(await under.dns.addresses(host('example.com'))).toEqual({
        records: ['192.0.2.1', '2001:db8::1'],
        ttlSeconds: 3_600,
      });
    });

    it('gives the addresses of one family with their own life', async () => {
      expect(await under.dns.addresses(host('v4.example.com'))).toEqual({ records: ['192.0.2.4'], ttlSeconds: 3_600 });
      expect(await under.dns.addresses(host('v6.example.com'))).toEqual({ records: ['2001:db8::6'], ttlSeconds: 30 });
    });

    it('gives SRV records as they are, names in lower case', async () => {
      const { records, ttlSeconds } = await under.dns.srv(host('_ischedules._tcp.example.com'));
      expect(ttlSeconds).toBe(300);
      expect(records).toHaveLength(2);
      expect(records).toContainEqual({ priority: 10, weight: 60, port: 443, target: 'a.example.com' });
      expect(records).toContainEqual({ priority: 20, weight: 0, port: 8443, target: 'b.example.com' });
    });

    it('gives the SRV target that means "not here" as a dot', async () => {
      expect((await under.dns.srv(host('refused._tcp.example.com'))).records).toEqual([
        { priority: 0, weight: 0, port: 0, target: '.' },
      ]);
    });

    it('[IS-1.15] keeps the strings of a TXT record apart', async () => {
      const { records } = await under.dns.txt(host('txt.example.com'));
      expect(records).toHaveLength(2);
      expect(records).toContainEqual(['txtvers=1', 'path=/ischedule']);
      expect(records).toContainEqual(['second record']);
    });

    it('gives the octets of a TXT string as code units', async () => {
      expect((await under.dns.txt(host('octets.example.com'))).records).toEqual([['\u0000\u007f\u00ff', '']]);
    });

    it('follows aliases from zone to zone; the shortest life counts', async () => {
      expect(await under.dns.addresses(host('alias.example.com'))).toEqual({
        records: ['198.51.100.7'],
        ttlSeconds: 60,
      });
    });

    it('has no records of a name that does not exist, for the negative life of its zone', async () => {
      const none = { records: [], ttlSeconds: 120 };
      expect(await under.dns.srv(host('nobody.example.com'))).toEqual(none);
      expect(await under.dns.txt(host('nobody.example.com'))).toEqual(none);
      expect(await under.dns.addresses(host('nobody.example.com'))).toEqual(none);
    });

    it('has no records of a type that a name lacks', async () => {
      expect(await under.dns.srv(host('v4.example.com'))).toEqual({ records: [], ttlSeconds: 120 });
      expect(await under.dns.txt(host('nonterminal.example.com'))).toEqual({ records: [], ttlSeconds: 120 });
    });

    it('has no records behind an alias that leads nowhere, for the negative life there', async () => {
      expect(await under.dns.addresses(host('dangling.example.com'))).toEqual({ records: [], ttlSeconds: 45 });
    });

    it('[IS-1.6] throws where the question could not be answered', async () => {
      under.fail('broken.example.com');
      const name = host('broken.example.com');
      await expect(under.dns.addresses(name)).rejects.toThrow(DnsUnavailable);
      await expect(under.dns.srv(name)).rejects.toThrow(DnsUnavailable);
      await expect(under.dns.txt(name)).rejects.toThrow(DnsUnavailable);
    });

    it('throws where aliases lead in a circle', async () => {
      await expect(under.dns.addresses(host('loop.example.com'))).rejects.toThrow(DnsUnavailable);
    });

    it("throws the signal's reason for a caller who has left", async () => {
      const signal = AbortSignal.abort(new Error('left'));
      await expect(under.dns.srv(host('example.com'), { signal })).rejects.toThrow('left');
    });
  });
}
