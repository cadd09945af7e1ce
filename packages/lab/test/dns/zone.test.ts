import { parseZone, ZoneError } from '@isched/lab';
import { describe, expect, it } from 'vitest';

const records = (text: string, origin = 'example.com') => parseZone(text, origin).records;

describe('parseZone', () => {
  it('reads the example of RFC 1035 §5.3, apart from its mail records', () => {
    const text = `@   IN  SOA     VENERA      Action\\.domains (
                                 20     ; SERIAL
                                 7200   ; REFRESH
                                 600    ; RETRY
                                 3600000; EXPIRE
                                 60)    ; MINIMUM

        NS      A.ISI.EDU.
        NS      VENERA

VENERA  A       10.1.0.52
        A       128.9.0.32
`;
    expect(records(text, 'ISI.EDU.')).toEqual([
      {
        name: 'isi.edu',
        ttlSeconds: 300,
        type: 'SOA',
        mname: 'venera.isi.edu',
        rname: 'action.domains.isi.edu',
        serial: 20,
        refresh: 7_200,
        retry: 600,
        expire: 3_600_000,
        minimum: 60,
      },
      { name: 'isi.edu', ttlSeconds: 300, type: 'NS', target: 'a.isi.edu' },
      { name: 'isi.edu', ttlSeconds: 300, type: 'NS', target: 'venera.isi.edu' },
      { name: 'venera.isi.edu', ttlSeconds: 300, type: 'A', address: '10.1.0.52' },
      { name: 'venera.isi.edu', ttlSeconds: 300, type: 'A', address: '128.9.0.32' },
    ]);
  });

  it('follows $ORIGIN and $TTL, and takes TTL and class in either order', () => {
    const text = `$TTL 2h
a A 192.0.2.1
$ORIGIN sub
a 60 IN A 192.0.2.2
$ORIGIN other.example.
a IN 1m30s AAAA 2001:db8::1
@ CNAME a
`;
    expect(records(text)).toEqual([
      { name: 'a.example.com', ttlSeconds: 7_200, type: 'A', address: '192.0.2.1' },
      { name: 'a.sub.example.com', ttlSeconds: 60, type: 'A', address: '192.0.2.2' },
      { name: 'a.other.example', ttlSeconds: 90, type: 'AAAA', address: '2001:db8::1' },
      { name: 'other.example', ttlSeconds: 7_200, type: 'CNAME', target: 'a.other.example' },
    ]);
  });

  it('reads SRV records, and the target that is the root', () => {
    expect(records('_ischedules._tcp SRV 10 60 8443 Host\n_x._tcp SRV 0 0 0 .\n')).toEqual([
      {
        name: '_ischedules._tcp.example.com',
        ttlSeconds: 300,
        type: 'SRV',
        priority: 10,
        weight: 60,
        port: 8_443,
        target: 'host.example.com',
      },
      { name: '_x._tcp.example.com', ttlSeconds: 300, type: 'SRV', priority: 0, weight: 0, port: 0, target: '.' },
    ]);
  });

  it.each<[string, readonly string[]]>([
    ['plain', ['plain']],
    ['"a b" c "d"', ['a b', 'c', 'd']],
    ['( "v=DKIM1; p=abc"\n  "def" ) ; the key', ['v=DKIM1; p=abc', 'def']],
    ['"semi;colon (and) parens"', ['semi;colon (and) parens']],
    ['"quote \\" and \\\\ and \\065"', ['quote " and \\ and A']],
    ['"\\000\\255"', ['\u0000\u00ff']],
    ['"é"', ['\u00c3\u00a9']], // UTF-8, one code unit an octet
    ['""', ['']],
    ['"two\nlines"', ['two\nlines']],
  ])('reads the strings of TXT %s', (data, strings) => {
    expect(records(`@ TXT ${data}\n`)).toEqual([{ name: 'example.com', ttlSeconds: 300, type: 'TXT', strings }]);
  });

  it('takes CRLF for a line end, and a last line without one', () => {
    expect(records('a A 192.0.2.1\r\nb A 192.0.2.2')).toHaveLength(2);
  });

  it.each<[string, string, number]>([
    ['an address that is none', 'a A 192.0.2.256', 1],
    ['an address of the other family', '\na AAAA 192.0.2.1', 2],
    ['a type it does not know', 'a MX 10 b', 1],
    ['a type named like a method of objects', 'a constructor b', 1],
    ['an open quote', 'a TXT "open', 1],
    ['an open parenthesis', 'a TXT (\n"x"\n', 1],
    ['too few words', 'a SRV 0 0 443', 1],
    ['too many words', 'a A 192.0.2.1 192.0.2.2', 1],
    ['a number that is too large', 'a SRV 0 0 65536 b', 1],
    ['a string that is too long', `a TXT "${'x'.repeat(256)}"`, 1],
    ['an octet that is none', 'a TXT "\\256"', 1],
    ['no owner', '  A 192.0.2.1', 1],
    ['$INCLUDE', '$INCLUDE /etc/passwd', 1],
    ['another class', 'a CH A 192.0.2.1', 1],
  ])('refuses %s, and says where', (_what, text, line) => {
    expect(() => records(text)).toThrow(ZoneError);
    expect(() => records(text)).toThrow(expect.objectContaining({ code: 'invalid-zone', line }));
  });
});
