import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../../src/server/config/load.ts';
import { parseSocketAddress } from '../../../src/server/config/schema.ts';

const minimal = `
[[domains]]
name = "Example.COM"
`;

describe('the configuration', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'isched-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const load = (toml: string, environment: Record<string, string> = {}) => {
    const path = join(folder, 'config.toml');
    writeFileSync(path, toml);
    return loadConfig(path, environment);
  };
  const problemsOf = (toml: string, environment: Record<string, string> = {}): readonly string[] => {
    try {
      load(toml, environment);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return [];
  };

  it('fills in the defaults of a minimal file', () => {
    const config = load(minimal);
    expect(config.domains.map((domain) => domain.name)).toEqual(['example.com']);
    expect(config.data).toBe('/var/lib/isched');
    expect(config.receiver.max_content_octets).toBe(1_048_576);
    expect(config.receiver.max_recipients).toBe(250);
    expect(config.management.address).toEqual({ host: '127.0.0.1', port: 9080 });
    expect(config.outbound.max_in_flight).toBe(64);
    expect(config.outbound.retry.give_up_after_seconds).toBe(432_000);
  });

  it('remembers a message longer than senders repeat it', () => {
    const days = (count: number) => `${minimal}\n[receiver]\nclaim_seconds = ${count * 86_400}\n`;
    expect(problemsOf(days(5)).join()).toContain('receiver.claim_seconds');
    expect(load(days(6)).receiver.claim_seconds).toBe(518_400);
  });

  it("takes paths from the file's own folder", () => {
    const config = load(`data = "state"\n${minimal}\n[[domains.keys]]\nselector = "s"\nfile = "keys/s.pem"\n`);
    expect(config.data).toBe(join(folder, 'state'));
    expect(config.domains[0]?.keys[0]?.file).toBe(join(folder, 'keys/s.pem'));
  });

  it('lets the environment win over the file, in nested settings too', () => {
    const config = load(`${minimal}\n[log]\nlevel = "info"\n`, {
      ISCHED_LOG__LEVEL: 'debug',
      ISCHED_RECEIVER__MAX_RECIPIENTS: '7',
      ISCHED_NETWORK__ALLOW_ADDRESSES: '["127.0.0.0/8"]',
      ISCHED_CORPUS: '/not/a/setting',
      ISCHED_TEST_DATABASE_URL: 'postgresql://not/a/setting',
    });
    expect(config.log.level).toBe('debug');
    expect(config.receiver.max_recipients).toBe(7);
    expect(config.network.allow_addresses).toEqual(['127.0.0.0/8']);
  });

  it.each([
    [
      'a misspelt setting, with the one that was meant',
      `${minimal}\n[receiver]\nmax_recipient = 3\n`,
      'receiver.max_recipient: unknown setting; did you mean max_recipients?',
    ],
    [
      'a misspelt setting inside a list',
      '[[domains]]\nnmae = "x.example"\nname = "x.example"\n',
      'domains[0].nmae: unknown setting; did you mean name?',
    ],
    [
      'a first retry later than any',
      `${minimal}\n[outbound.retry]\nfirst_seconds = 3600\nmax_seconds = 60\n`,
      'outbound.retry: first_seconds is longer than max_seconds',
    ],
    [
      'a first pause longer than any',
      `${minimal}\n[outbound.breaker]\nfirst_pause_seconds = 60\nmax_pause_seconds = 59\n`,
      'outbound.breaker: first_pause_seconds is longer than max_pause_seconds',
    ],
    [
      'a lease that is none',
      `${minimal}\n[outbound]\nlease_seconds = 0\n`,
      'outbound.lease_seconds: must be at least 5',
    ],
    ['a domain that is none', '[[domains]]\nname = "no domain"\n', 'domains[0].name: "no domain" is not a domain name'],
    ['no domain at all', 'domains = []\n', 'domains: must list at least 1'],
    ['a domain twice', `${minimal}${minimal}`, 'domains: example.com is listed twice'],
    [
      'a signing domain that is not ours',
      '[[domains]]\nname = "a.example"\nsigning_domain = "b.example"\n',
      'domains: a.example signs as b.example, which is not among the domains',
    ],
    ['a setting that is missing', '[[domains]]\n', 'domains[0].name: is missing'],
    [
      'a word for a number',
      `${minimal}[receiver]\nmax_recipients = "many"\n`,
      'receiver.max_recipients: must be a number',
    ],
    ['too small a number', `${minimal}[receiver]\nmax_recipients = 0\n`, 'receiver.max_recipients: must be at least 1'],
    [
      'a choice there is not',
      `${minimal}[log]\nformat = "loud"\n`,
      'log.format: must be one of "auto", "json", "pretty"',
    ],
    [
      'a range that is none',
      `${minimal}[network]\nallow_addresses = ["127.0.0.0/99"]\n`,
      'network.allow_addresses[0]: "127.0.0.0/99" is not an address or CIDR range, such as 192.0.2.0/24',
    ],
    [
      'a name server by name',
      `${minimal}[network]\ndns_servers = ["dns.example:53"]\n`,
      'network.dns_servers[0]: a name server is an IP address with its port, such as 192.0.2.53:53',
    ],
    [
      'a date that never was',
      `${minimal}[receiver]\nmin_date_time = "20309999T000000Z"\n`,
      'receiver.min_date_time: "20309999T000000Z" is not a UTC DATE-TIME, such as 19700101T000000Z',
    ],
    [
      'a zone of another planet',
      `${minimal}[[users]]\naddress = "a@example.com"\ntime_zone = "Mars/Base"\n`,
      'users[0].time_zone: "Mars/Base" is not a time zone, such as Europe/Berlin',
    ],
    [
      'two users of one address',
      `${minimal}[[users]]\naddress = "a@example.com"\n[[users]]\naddress = "b@example.com"\naliases = ["MAILTO:A@example.com"]\n`,
      'users: two of them have the address mailto:a@example.com',
    ],
    [
      'a route that is not https',
      `${minimal}[[routes]]\ndomain = "x.example"\nurl = "http://x.example/"\n`,
      'routes[0].url: "http://x.example/" is not an https URL',
    ],
    [
      'a key record that is none',
      `${minimal}[[exchanged_keys]]\ndomain = "x.example"\nselector = "s"\nrecord = "nonsense"\n`,
      'exchanged_keys[0].record: "nonsense" is not a key record, such as "v=DKIM1; k=rsa; p=…"',
    ],
    [
      'an address that is none',
      `${minimal}\n[[users]]\naddress = "nobody"\n`,
      'users[0].address: "nobody" is not a calendar user address, such as mailto:a@example.com',
    ],
  ])('says what is wrong: %s', (_what, toml, problem) => {
    expect(problemsOf(toml)).toContain(problem);
  });

  it('says where a file stops being TOML', () => {
    expect(problemsOf('data = \n')[0]).toMatch(/config\.toml:1:\d+: /);
  });

  it('names a file that is not there', () => {
    expect(() => loadConfig(join(folder, 'none.toml'), {})).toThrow(
      /none\.toml can't be read: it is not there \(ENOENT\)/,
    );
  });
});

describe('a socket address', () => {
  it.each([
    ['127.0.0.1:8443', { host: '127.0.0.1', port: 8443 }],
    ['[::1]:1', { host: '::1', port: 1 }],
    ['localhost:65535', { host: 'localhost', port: 65_535 }],
  ])('reads %s', (text, expected) => expect(parseSocketAddress(text)).toEqual(expected));

  it.each(['', ':80', 'a:', 'a:65536', '::1:80', 'a b:1'])('refuses %j', (text) => {
    expect(() => parseSocketAddress(text)).toThrow(TypeError);
  });
});
