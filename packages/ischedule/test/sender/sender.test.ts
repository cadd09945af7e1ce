import { parseCalendar } from '@isched/icalendar';
import { readItipMessage } from '@isched/itip';
import {
  FetchError,
  type FetchRequest,
  type FetchResponse,
  fieldValue,
  fieldValues,
  type GuardedFetch,
} from '@isched/runtime';
import { createFakeClock, createFakePeer, createSeededRandom, createZoneDns } from '@isched/testkit';
import { octetsFromText, parseDomainName } from '@isched/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPeerCapabilities } from '../../src/capabilities/cached.ts';
import { createLocator, type LocatorOptions } from '../../src/discovery/locate.ts';
import type { OutgoingMessage } from '../../src/message.ts';
import { meaningOf, type RecipientOutcome } from '../../src/sender/outcomes.ts';
import { createSender, type Sender } from '../../src/sender/sender.ts';
import type { SenderOptions } from '../../src/sender/errand.ts';
import {
  address,
  calendarText,
  cyrus,
  invitation,
  itipOf,
  mike,
  type MessageText,
  organizer,
  search,
  start,
} from '../support/messages.ts';
import { identityOf, signerFor, verifierFor } from '../support/signing.ts';

const soa = '$TTL 300\n@ SOA ns.example.net. admin.example.net. 1 3600 600 86400 60\n';
const zones = {
  'example.org': `${soa}_ischedules._tcp SRV 0 0 443 cal.example.org.\n_ischedules._tcp TXT "path=/ischedule"\n`,
  'hosted-a.example': `${soa}_ischedules._tcp SRV 0 0 443 shared.example.net.\n`,
  'hosted-b.example': `${soa}_ischedules._tcp SRV 0 0 443 shared.example.net.\n`,
  'two.example': `${soa}_ischedules._tcp SRV 1 0 443 first.example.net.\n_ischedules._tcp SRV 2 0 443 second.example.net.\n`,
  'plain.example': soa,
};
const postUrl = 'https://cal.example.org/ischedule';
const getUrl = `${postUrl}?action=capabilities`;

function world(
  options: { readonly locator?: LocatorOptions; readonly sender?: SenderOptions; readonly fetch?: GuardedFetch } = {},
) {
  const peer = createFakePeer();
  const fetch = options.fetch ?? peer.fetch;
  const clock = createFakeClock();
  const dns = createZoneDns(zones);
  const sender = createSender(
    {
      locator: createLocator({ dns, random: createSeededRandom(1) }, options.locator),
      capabilities: createPeerCapabilities({ fetch, clock }),
      fetch,
      signer: signerFor(clock),
      signingKeys: {
        forOriginator: async (domain) =>
          domain === 'example.com' || domain === 'customer.example' ? identityOf('example.com') : undefined,
      },
      clock,
      random: createSeededRandom(2),
    },
    options.sender,
  );
  return { peer, clock, dns, sender };
}

const capabilities = (inner = ''): { readonly status: number; readonly content: string } => ({
  status: 200,
  content: `<query-result xmlns="urn:ietf:params:xml:ns:ischedule"><capabilities><serial-number>1</serial-number>${inner}</capabilities></query-result>`,
});

function answerFor(...recipients: readonly string[]) {
  const responses = recipients.map(
    (one) => `<response><recipient>${one}</recipient><request-status>2.0;Success</request-status></response>`,
  );
  return {
    status: 200,
    content: `<schedule-response xmlns="urn:ietf:params:xml:ns:ischedule">${responses.join('')}</schedule-response>`,
  };
}

const fault = (code: string, status = 403, fields: Readonly<Record<string, string>> = {}) => ({
  status,
  fields,
  content: `<error xmlns="urn:ietf:params:xml:ns:ischedule"><${code}/></error>`,
});

function message(
  text: MessageText,
  recipients: readonly string[],
  more: Partial<OutgoingMessage> = {},
): OutgoingMessage {
  return {
    originator: address('mailto:bernard@example.com'),
    recipients: recipients.map(address),
    itip: itipOf(text),
    messageId: 'm-1',
    ...more,
  };
}

const fetched = (answer: {
  readonly status: number;
  readonly fields?: Readonly<Record<string, string>>;
  readonly content: string;
}): FetchResponse => ({
  status: answer.status,
  fields: Object.entries(answer.fields ?? {}).map(([name, value]) => ({ name, value })),
  content: octetsFromText(answer.content),
});

const inviting = (...people: readonly string[]): MessageText => ({
  lines: [organizer, start, ...people.map((person) => `ATTENDEE:${person}`)],
});
const c = 'mailto:cyrus@example.org';
const m = 'mailto:mike@example.org';
const means = (outcomes: readonly RecipientOutcome[]): readonly string[] => outcomes.map(meaningOf);

describe('the request', () => {
  async function sentRequest(text: MessageText, recipients: readonly string[]): Promise<FetchRequest> {
    const { peer, sender } = world();
    peer
      .expect({ method: 'GET', url: getUrl }, capabilities())
      .expect({ method: 'POST', url: postUrl }, answerFor(...recipients));
    expect(means(await sender.send(message(text, recipients)))).toEqual(recipients.map(() => 'done'));
    return peer.requests[1] as FetchRequest;
  }

  it('[IS-3.4, IS-3.5, IS-3.8, IS-3.10, IS-3.11, IS-3.15, IS-3.19, IS-2.10, Q14, Q15, Q18, Q19] has the fields of the draft', async () => {
    const request = await sentRequest({ ...invitation, lines: [...invitation.lines, mike] }, [c, m]);
    expect(request.fields.slice(0, -1)).toEqual([
      { name: 'User-Agent', value: 'isched' },
      { name: 'Cache-Control', value: 'no-cache, no-transform' },
      { name: 'iSchedule-Version', value: '1.0' },
      { name: 'iSchedule-Message-ID', value: 'm-1' },
      { name: 'Content-Type', value: 'text/calendar; component=VEVENT; method=REQUEST; charset=utf-8' },
      { name: 'Originator', value: 'mailto:bernard@example.com' },
      { name: 'Recipient', value: 'mailto:cyrus@example.org,mailto:mike@example.org' },
    ]);
    expect(Buffer.from(request.content ?? []).toString()).toBe(
      calendarText({ ...invitation, lines: [...invitation.lines, mike] }),
    );
  });

  it('[IS-3.20, IS-3.22, Q25, Q35, Q40, Q24] has one signature, last, in one line, that verifies', async () => {
    const request = await sentRequest(invitation, [c]);
    const last = request.fields.at(-1);
    expect(fieldValues(request.fields, 'DKIM-Signature')).toHaveLength(1);
    expect(last?.name).toBe('DKIM-Signature');
    expect(last?.value).toMatch(/^v=1; [^\r\n]*; b=[A-Za-z0-9+/=]+$/);
    expect(last?.value).not.toMatch(/h=[^;]*host/i);
    const verification = await verifierFor(createFakeClock(), 'example.com').verify({
      fields: request.fields,
      content: request.content ?? new Uint8Array(),
    });
    expect(verification).toMatchObject({ status: 'pass', signature: { signingDomain: 'example.com' } });
    for (const { name, value } of request.fields)
      if (!['Cache-Control'].includes(name)) expect(value).not.toMatch(/\s,|,\s/);
  });

  it('[Q15] has a message id of its own where the caller gives none', async () => {
    const { peer, sender } = world();
    peer.expect({ method: 'GET', url: getUrl }, capabilities()).expect({ method: 'POST', url: postUrl }, answerFor(c));
    await sender.send({ ...message(invitation, [c]), messageId: undefined });
    expect(fieldValue(peer.requests[1]?.fields ?? [], 'iSchedule-Message-ID')).toBe('token-2-1');
  });

  it('[IS-3.38, IS-3.12, Q17] has addresses byte for byte as in the body', async () => {
    const request = await sentRequest(inviting('MAILTO:Cyrus.D@Example.ORG', 'https://cal.example.org/u/a,b'), [
      'mailto:cyrus.d@example.org',
      'https://cal.example.org/u/a,b',
    ]);
    const body = Buffer.from(request.content ?? []).toString();
    expect(fieldValue(request.fields, 'Recipient')).toBe('mailto:Cyrus.D@Example.ORG,https://cal.example.org/u/a%2Cb');
    expect(body).toContain('ATTENDEE:mailto:Cyrus.D@Example.ORG\r\nATTENDEE:https://cal.example.org/u/a%2Cb\r\n');
  });

  it("[IS-3.33] asks for the free-busy time of this request's recipients only", async () => {
    const request = await sentRequest(
      { ...search, lines: [...search.lines, 'ATTENDEE:mailto:else@elsewhere.example'] },
      [c, m],
    );
    expect(
      Buffer.from(request.content ?? [])
        .toString()
        .match(/^ATTENDEE.*$/gm),
    ).toEqual([cyrus, mike]);
  });

  it('carries text beyond ASCII as UTF-8', async () => {
    const request = await sentRequest(inviting('mailto:jürgen@example.org'), ['mailto:jürgen@example.org']);
    expect(Buffer.from(fieldValue(request.fields, 'Recipient') ?? '', 'latin1').toString('utf8')).toBe(
      'mailto:jürgen@example.org',
    );
  });

  it('[IS-7.5] says for whom it speaks where the signing domain is another', async () => {
    const { peer, sender } = world();
    peer.expect({ method: 'GET', url: getUrl }, capabilities()).expect({ method: 'POST', url: postUrl }, answerFor(c));
    const text = { lines: ['ORGANIZER:mailto:boss@customer.example', cyrus, start] };
    await sender.send(message(text, [c], { originator: address('mailto:boss@customer.example') }));
    expect(fieldValue(peer.requests[1]?.fields ?? [], 'DKIM-Signature')).toMatch(/; atps=customer\.example; /);
  });

  it('may be jCal', async () => {
    const { peer, sender } = world();
    peer.expect({ method: 'GET', url: getUrl }, capabilities()).expect({ method: 'POST', url: postUrl }, answerFor(c));
    await sender.send(message(invitation, [c], { mediaType: 'application/calendar+json' }));
    expect(fieldValue(peer.requests[1]?.fields ?? [], 'Content-Type')).toBe(
      'application/calendar+json; component=VEVENT; method=REQUEST; charset=utf-8',
    );
    expect(JSON.parse(Buffer.from(peer.requests[1]?.content ?? []).toString())).toMatchObject([
      'vcalendar',
      expect.any(Array),
      expect.any(Array),
    ]);
  });
});

describe('recipients and receivers', () => {
  it('[IS-3.2] share a request where their domains share a receiver', async () => {
    const people = ['mailto:x@hosted-a.example', c, 'mailto:y@hosted-b.example'];
    const { peer, sender } = world({ sender: { maxConcurrentReceivers: 1 } });
    const shared = 'https://shared.example.net/.well-known/ischedule';
    peer
      .expect({ method: 'GET', url: `${shared}?action=capabilities` }, capabilities())
      .expect(
        {
          method: 'POST',
          url: shared,
          fields: { Recipient: 'mailto:x@hosted-a.example,mailto:y@hosted-b.example' },
          certificateNames: [{ type: 'dns', name: parseDomainName('shared.example.net') }],
        },
        answerFor(people[0]!, people[2]!),
      )
      .expect({ method: 'GET', url: getUrl }, capabilities())
      .expect({ method: 'POST', url: postUrl, fields: { Recipient: c } }, answerFor(c));
    const outcomes = await sender.send(message(inviting(...people), people));
    expect(outcomes.map(({ recipient, status }) => [recipient, status])).toEqual(
      people.map((person) => [person, 'answered']),
    );
  });

  it('[IS-1.31] are asked apart where the certificate is for each domain alone', async () => {
    const people = ['mailto:x@hosted-a.example', 'mailto:y@hosted-b.example'];
    const { peer, sender } = world();
    const shared = 'https://shared.example.net/.well-known/ischedule';
    const mismatch = new FetchError('certificate-name-mismatch', 'other names');
    peer
      .expect({ method: 'GET', url: `${shared}?action=capabilities` }, mismatch)
      .expect({ method: 'GET', url: `${shared}?action=capabilities` }, capabilities())
      .expect({ method: 'POST', url: shared, fields: { Recipient: people[0]! } }, answerFor(people[0]!))
      .expect({ method: 'POST', url: shared, fields: { Recipient: people[1]! } }, answerFor(people[1]!));
    const outcomes = await sender.send(message(inviting(...people), people));
    expect(means(outcomes)).toEqual(['done', 'done']);
    expect(outcomes[0]?.attempts.map(({ status }) => status)).toEqual([undefined, 200, 200]);
    expect(peer.requests[2]?.certificateNames).toContainEqual({ type: 'dns', name: 'hosted-a.example' });
  });

  it('[IS-3.3, Q15] are split at max-recipients, each request with an id of its own', async () => {
    const people = ['mailto:a@example.org', 'mailto:b@example.org', 'mailto:c@example.org'];
    const { peer, sender } = world();
    peer
      .expect({ method: 'GET', url: getUrl }, capabilities('<max-recipients>2</max-recipients>'))
      .expect(
        {
          method: 'POST',
          url: postUrl,
          fields: { Recipient: people.slice(0, 2).join(','), 'iSchedule-Message-ID': 'm-1' },
        },
        answerFor(...people.slice(0, 2)),
      )
      .expect(
        { method: 'POST', url: postUrl, fields: { Recipient: people[2]!, 'iSchedule-Message-ID': 'm-1.2' } },
        answerFor(people[2]!),
      );
    expect(means(await sender.send(message(inviting(...people), people)))).toEqual(['done', 'done', 'done']);
  });

  it('may be there twice', async () => {
    const { peer, sender } = world();
    peer
      .expect({ method: 'GET', url: getUrl }, capabilities())
      .expect({ method: 'POST', url: postUrl, fields: { Recipient: c } }, answerFor(c));
    const outcomes = await sender.send(message(invitation, [c, 'mailto:CYRUS@example.org']));
    expect(outcomes.map(({ recipient, status }) => [recipient, status])).toEqual([
      [c, 'answered'],
      ['mailto:CYRUS@example.org', 'answered'],
    ]);
  });

  it('[IS-1.3, IS-1.33] have no iSchedule without domain, or without record', async () => {
    const people = ['urn:uuid:1-2', 'mailto:x@plain.example', 'mailto:user'];
    const { sender } = world();
    expect(await sender.send(message(inviting(...people), people))).toEqual(
      people.map((recipient) => ({ recipient, status: 'not-offered', attempts: [] })),
    );
  });

  it('[IS-1.6, IS-5.29] wait where DNS could not be asked, and hold up nobody else', async () => {
    const { peer, sender, dns } = world();
    dns.fail('_ischedules._tcp.plain.example');
    peer.expect({ method: 'GET', url: getUrl }, capabilities()).expect({ method: 'POST', url: postUrl }, answerFor(c));
    const people = ['mailto:x@plain.example', c];
    expect(await sender.send(message(inviting(...people), people))).toMatchObject([
      { status: 'retry', tries: 'usual', cause: { code: 'dns-unavailable' } },
      { status: 'answered' },
    ]);
  });

  it('[IS-3.24] that the message is not for get none, and the others theirs', async () => {
    const { peer, sender } = world();
    peer
      .expect({ method: 'GET', url: getUrl }, capabilities())
      .expect({ method: 'POST', url: postUrl, fields: { Recipient: c } }, answerFor(c));
    expect(await sender.send(message(invitation, [m, c]))).toMatchObject([
      { recipient: m, status: 'failed', by: 'configuration', fault: 'invalid-scheduling-message' },
      { recipient: c, status: 'answered' },
    ]);
  });

  it('[IS-3.1] get nothing from an originator we have no key for', async () => {
    const { sender } = world();
    const outcomes = await sender.send(
      message(invitation, [c], { originator: address('mailto:eve@elsewhere.example') }),
    );
    expect(outcomes).toMatchObject([{ recipient: c, status: 'failed', by: 'configuration' }]);
  });
});

describe('reaching a receiver', () => {
  const first = 'https://first.example.net/.well-known/ischedule';
  const second = 'https://second.example.net/.well-known/ischedule';
  const x = 'mailto:x@two.example';

  it("[IS-1.13, IS-3.22] tries the next target when one can't be reached, with the same signed request", async () => {
    const { peer, sender } = world();
    peer
      .expect({ method: 'GET', url: `${first}?action=capabilities` }, capabilities())
      .expect({ method: 'POST', url: first }, new FetchError('connect-failed', 'down'))
      .expect({ method: 'POST', url: second }, answerFor(x));
    const outcomes = await sender.send(message(inviting(x), [x]));
    expect(outcomes[0]?.attempts).toEqual([
      { url: `${first}?action=capabilities`, status: 200, ms: 0 },
      { url: first, ms: 0, cause: expect.objectContaining({ code: 'connect-failed' }) },
      { url: second, status: 200, ms: 0 },
    ]);
    expect(peer.requests[2]?.fields).toEqual(peer.requests[1]?.fields);
  });

  it('[IS-1.13] asks the next target the very same where one did not answer in time, and none where one did', async () => {
    const { peer, sender } = world();
    peer
      .expect({ method: 'GET', url: `${first}?action=capabilities` }, capabilities())
      .expect({ method: 'POST', url: first }, new FetchError('timeout', 'slow'))
      .expect({ method: 'POST', url: second }, answerFor(x))
      .expect({ method: 'POST', url: first }, new FetchError('response-malformed', 'it answered'));
    expect(means(await sender.send(message(inviting(x), [x])))).toEqual(['done']);
    expect(peer.requests[2]).toMatchObject({ fields: peer.requests[1]?.fields, content: peer.requests[1]?.content });
    expect(means(await sender.send(message(inviting(x), [x])))).toEqual(['few-tries']);
  });

  it('[IS-5.28] tries again later where none can be', async () => {
    const { peer, sender } = world();
    peer
      .expect({ method: 'GET', url: `${first}?action=capabilities` }, new FetchError('timeout', 'slow'))
      .expect({ method: 'GET', url: `${second}?action=capabilities` }, new FetchError('certificate-invalid', 'old'));
    expect(await sender.send(message(inviting(x), [x]))).toMatchObject([
      { status: 'retry', tries: 'usual', cause: { code: 'timeout' } },
    ]);
  });

  it('[IS-5.32] does not ask another target once one has answered, however badly', async () => {
    const { peer, sender } = world();
    peer
      .expect({ method: 'GET', url: `${first}?action=capabilities` }, capabilities())
      .expect({ method: 'POST', url: first }, new FetchError('response-malformed', 'what?'));
    expect(await sender.send(message(inviting(x), [x]))).toMatchObject([{ status: 'retry', tries: 'few' }]);
  });

  it.each([301, 302, 307, 308])(
    '[IS-1.21, IS-1.22, Q5] follows %i with method, content and signature as they were',
    async (status) => {
      const { peer, sender } = world();
      peer
        .expect({ method: 'GET', url: getUrl }, capabilities())
        .expect({ method: 'POST', url: postUrl }, { status, fields: { Location: '/other?x=1' } })
        .expect(
          { method: 'POST', url: 'https://cal.example.org/other?x=1' },
          { status, fields: { Location: 'https://elsewhere.example.net/i' } },
        )
        .expect({ method: 'POST', url: 'https://elsewhere.example.net/i' }, answerFor(c));
      const outcomes = await sender.send(message(invitation, [c]));
      expect(means(outcomes)).toEqual(['done']);
      expect(peer.requests[3]?.fields).toEqual(peer.requests[1]?.fields);
      expect(peer.requests[3]?.content).toEqual(peer.requests[1]?.content);
      expect(peer.requests[2]?.certificateNames).toEqual(peer.requests[1]?.certificateNames);
      expect(peer.requests[3]?.certificateNames).toBeUndefined(); // [IS-1.26] the names of the first host are not the second's
    },
  );

  it.each([
    ['IS-1.23', 303, 'https://cal.example.org/other', 'method-would-change'],
    ['IS-1.25', 301, 'http://cal.example.org/other', 'location-not-https'],
  ])('[%s] does not follow %i to %s', async (_id, status, location, why) => {
    const { peer, sender } = world();
    peer
      .expect({ method: 'GET', url: getUrl }, capabilities())
      .expect({ method: 'POST', url: postUrl }, { status, fields: { Location: location } });
    const outcomes = await sender.send(message(invitation, [c]));
    expect(outcomes).toMatchObject([{ status: 'failed', by: 'peer', httpStatus: status }]);
    expect(outcomes[0]?.attempts.at(-1)).toMatchObject({ url: postUrl, status, cause: why });
  });

  it('[IS-1.24] follows five redirects and no sixth', async () => {
    const { peer, sender } = world();
    peer.expect({ method: 'GET', url: getUrl }, capabilities());
    peer.expect({ method: 'POST', url: postUrl }, { status: 307, fields: { Location: '/1' } });
    for (let hop = 1; hop <= 5; hop++)
      peer.expect(
        { method: 'POST', url: `https://cal.example.org/${hop}` },
        { status: 307, fields: { Location: `/${hop + 1}` } },
      );
    expect(await sender.send(message(invitation, [c]))).toMatchObject([
      { status: 'failed', by: 'peer', httpStatus: 307 },
    ]);
  });

  it('[IS-1.27] leaves Authorization behind where the origin changes, and signs anew', async () => {
    const route = { domain: parseDomainName('example.org'), url: postUrl, authorization: 'Basic eDp5' };
    const { peer, sender, clock } = world({ locator: { routes: [route] } });
    peer
      .expect({ method: 'GET', url: getUrl, fields: { Authorization: 'Basic eDp5' } }, capabilities())
      .expect(
        { method: 'POST', url: postUrl, fields: { Authorization: 'Basic eDp5' } },
        { status: 307, fields: { Location: 'https://cal.example.org/same' } },
      )
      .expect(
        { method: 'POST', url: 'https://cal.example.org/same', fields: { Authorization: 'Basic eDp5' } },
        { status: 307, fields: { Location: 'https://elsewhere.example.net/i' } },
      )
      .expect({ method: 'POST', url: 'https://elsewhere.example.net/i', fields: { Authorization: [] } }, answerFor(c));
    expect(means(await sender.send(message(invitation, [c])))).toEqual(['done']);
    for (const request of peer.requests.slice(1)) {
      const verification = await verifierFor(clock, 'example.com').verify({
        fields: request.fields,
        content: request.content ?? new Uint8Array(),
      });
      expect(verification.status).toBe('pass');
    }
    expect(fieldValue(peer.requests[1]?.fields ?? [], 'DKIM-Signature')).toMatch(/[=:]Authorization[:;]/i);
    expect(fieldValue(peer.requests[3]?.fields ?? [], 'DKIM-Signature')).not.toMatch(/[=:]Authorization[:;]/i);
  });
});

describe('capabilities', () => {
  it.each([
    ['IS-2.41', '<versions><version>9.0</version></versions>', 'version-not-supported'],
    [
      'IS-2.42',
      '<scheduling-messages><component name="VEVENT"><method name="REPLY"/></component></scheduling-messages>',
      'invalid-scheduling-message',
    ],
    [
      'IS-2.43',
      '<calendar-data-types><calendar-data-type content-type="application/calendar+xml"/></calendar-data-types>',
      'invalid-calendar-data-type',
    ],
    ['IS-2.44', '<max-content-length>10</max-content-length>', 'max-content-length'],
    ['IS-2.45', '<max-date-time>20200101T000000Z</max-date-time>', 'max-date-time'],
  ])('[%s] %s: nothing is sent', async (_id, inner, code) => {
    const { peer, sender } = world();
    peer.expect({ method: 'GET', url: getUrl }, capabilities(inner));
    expect(await sender.send(message(invitation, [c]))).toMatchObject([
      { status: 'failed', by: 'capabilities', fault: code, attempts: [{ url: getUrl, status: 200 }] },
    ]);
  });

  it('[IS-2.28] no RSCALE goes where none is listed', async () => {
    const { peer, sender } = world();
    peer.expect({ method: 'GET', url: getUrl }, capabilities('<rscales/>'));
    const text = { lines: [...invitation.lines, 'RRULE:RSCALE=CHINESE;FREQ=YEARLY;COUNT=2'] };
    expect(await sender.send(message(text, [c]))).toMatchObject([{ status: 'failed', by: 'capabilities' }]);
  });

  it.each([
    [{ status: 404 }, 'final'],
    [{ status: 401 }, 'final'],
    [{ status: 503, fields: { 'Retry-After': '60' } }, 'retry'],
    [{ status: 200, content: 'Welcome' }, 'few-tries'],
    [new FetchError('address-forbidden', 'private'), 'final'],
  ])("[IS-2.41] that can't be had (%o) mean %s, and nothing is sent", async (reaction, meaning) => {
    const { peer, sender } = world();
    peer.expect({ method: 'GET', url: getUrl }, reaction);
    expect(means(await sender.send(message(invitation, [c])))).toEqual([meaning]);
  });

  it('[IS-2.40, IS-3.3] are reloaded when a refusal names another serial, and what is too many is sent in parts', async () => {
    const { peer, sender } = world();
    const people = [c, m];
    peer
      .expect({ method: 'GET', url: getUrl }, capabilities())
      .expect(
        { method: 'POST', url: postUrl, fields: { Recipient: people.join(',') } },
        fault('max-recipients', 403, { 'iSchedule-Capabilities': '2' }),
      )
      .expect(
        { method: 'GET', url: getUrl },
        {
          status: 200,
          fields: { 'iSchedule-Capabilities': '2' },
          content: capabilities('<max-recipients>1</max-recipients>').content,
        },
      )
      .expect({ method: 'POST', url: postUrl, fields: { Recipient: c } }, answerFor(c))
      .expect({ method: 'POST', url: postUrl, fields: { Recipient: m } }, answerFor(m));
    const outcomes = await sender.send(message(inviting(...people), people));
    expect(means(outcomes)).toEqual(['done', 'done']);
    expect(outcomes[1]?.attempts.map(({ status }) => status)).toEqual([200, 403, 200, 200]);
  });

  it('[IS-2.40, Q15] are looked at as often as a receiver takes fewer, no request has the id of another, and not for ever', async () => {
    const people = Array.from({ length: 16 }, (_, index) => `mailto:p${index}@example.org`);
    const ids: string[] = [];
    /** Takes as many at once as it says, but says another number at each refusal. */
    const receiver = (numbers: readonly number[]) => {
      let serial = 0;
      return world({
        async fetch({ method, fields }) {
          const most = numbers[serial] ?? 1;
          const stamp = { 'iSchedule-Capabilities': String(serial) };
          if (method === 'GET')
            return fetched({ ...capabilities(`<max-recipients>${most}</max-recipients>`), fields: stamp });
          ids.push(fieldValue(fields, 'iSchedule-Message-ID') ?? '');
          const recipients = fieldValue(fields, 'Recipient')?.split(',') ?? [];
          if (recipients.length <= (numbers[serial + 1] ?? 1)) return fetched(answerFor(...recipients));
          serial += 1;
          return fetched(fault('max-recipients', 403, { 'iSchedule-Capabilities': String(serial) }));
        },
      }).sender;
    };
    const sent = await receiver([16, 8, 4]).send(message(inviting(...people), people));
    expect(means(sent)).toEqual(people.map(() => 'done'));
    expect(new Set(ids).size).toBe(ids.length);
    const tired = await receiver([16, 15, 14, 13, 12, 11, 10, 9]).send(message(inviting(...people), people));
    expect(new Set(means(tired))).toContain('final');
  });

  it.each([
    ['more at once, and refuses it', [2, 3, 4, 5], 8],
    ['one at once, then none, and refuses that', [1, 0, 0, 0], 16],
  ])('[IS-2.40] are not believed again of a receiver that says it takes %s', async (_, numbers, requests) => {
    const people = Array.from({ length: 16 }, (__, index) => `mailto:p${index}@example.org`);
    let asked = 0;
    let posts = 0;
    const { sender } = world({
      async fetch({ method }) {
        const stamp = { 'iSchedule-Capabilities': String(posts) };
        if (method === 'POST') {
          posts += 1;
          return fetched(fault('max-recipients', 403, { 'iSchedule-Capabilities': String(posts) }));
        }
        return fetched({ ...capabilities(`<max-recipients>${numbers[asked++]}</max-recipients>`), fields: stamp });
      },
    });
    const outcomes = await sender.send(message(inviting(...people), people));
    expect([new Set(means(outcomes)), posts]).toEqual([new Set(['final']), requests]);
  });

  it('[IS-2.40] that another message has reloaded meanwhile have this one sent in parts, too', async () => {
    let stated = '<max-recipients>2</max-recipients>';
    let serial = '1';
    const reloaded = Promise.withResolvers<void>();
    const isSecond = (content: Uint8Array | undefined): boolean =>
      Buffer.from(content ?? []).includes('SUMMARY:second');
    const { sender } = world({
      async fetch({ method, fields, content }) {
        if (method === 'GET') {
          if (serial === '2') reloaded.resolve();
          return fetched({ ...capabilities(stated), fields: { 'iSchedule-Capabilities': serial } });
        }
        const recipients = fieldValue(fields, 'Recipient')?.split(',') ?? [];
        if (recipients.length === 1) return fetched(answerFor(...recipients));
        [stated, serial] = ['<max-recipients>1</max-recipients>', '2'];
        // The other one is told first, and looks.
        if (isSecond(content)) await reloaded.promise.then(() => new Promise(setImmediate));
        return fetched(fault('max-recipients', 403, { 'iSchedule-Capabilities': '2' }));
      },
    });
    const text = (summary: string): MessageText => ({ lines: [...(inviting(c, m).lines ?? []), `SUMMARY:${summary}`] });
    const sent = await Promise.all(['first', 'second'].map((name) => sender.send(message(text(name), [c, m]))));
    expect(sent.map(means)).toEqual([
      ['done', 'done'],
      ['done', 'done'],
    ]);
  });

  it('[IS-2.40] are reloaded for the next message when any answer names another serial', async () => {
    const { peer, sender } = world();
    peer
      .expect({ method: 'GET', url: getUrl }, capabilities())
      .expect({ method: 'POST', url: postUrl }, { ...answerFor(c), fields: { 'iSchedule-Capabilities': '5' } })
      .expect({ method: 'GET', url: getUrl }, capabilities())
      .expect({ method: 'POST', url: postUrl }, answerFor(c));
    await sender.send(message(invitation, [c]));
    await sender.send(message(invitation, [c]));
  });
});

describe('a sender', () => {
  it('asks nobody once it is aborted, and says that nobody was answered', async () => {
    const { peer, sender } = world();
    const enough = new Error('enough');
    expect(await sender.send(message(invitation, [c]), { signal: AbortSignal.abort(enough) })).toEqual([
      { recipient: c, status: 'retry', tries: 'usual', cause: enough, attempts: [] },
    ]);
    expect(peer.requests).toEqual([]);
  });

  it('keeps what was answered until it is aborted; who was not is to be tried again', async () => {
    const [ending, enough] = [new AbortController(), new Error('enough')];
    let posts = 0;
    const { sender } = world({
      fetch: async ({ method }, { signal } = {}) => {
        if (method === 'GET') return fetched(capabilities('<max-recipients>1</max-recipients>'));
        posts += 1;
        if (posts === 1) return fetched(answerFor(m));
        if (posts === 2) return fetched(fault('max-recipients'));
        ending.abort(enough);
        throw signal?.reason;
      },
    });
    const people = [m, c, 'mailto:wilfredo@example.org'];
    const outcomes = await sender.send(message(inviting(...people), people), { signal: ending.signal });
    expect(means(outcomes)).toEqual(['done', 'retry', 'retry']);
    expect(outcomes[0]).toMatchObject({ recipient: m, attempts: [{ status: 200 }, { status: 200 }] });
    expect(outcomes[2]).toMatchObject({ cause: enough });
  });

  it('sends a message with more instances than are taken from strangers', async () => {
    const { peer, sender } = world();
    peer.expect({ method: 'GET', url: getUrl }, capabilities()).expect({ method: 'POST', url: postUrl }, answerFor(c));
    const [before = '', event = '', after = ''] = calendarText(invitation).split(/(BEGIN:VEVENT[^]*END:VEVENT\r\n)/);
    const second = (index: number): string => new Date(Date.UTC(2030, 0, 1) + index * 1000).toISOString();
    const instances = Array.from({ length: 1001 }, (_, index) =>
      event.replace('END:VEVENT', `RECURRENCE-ID:${second(index).replace(/\.\d+|[-:]/g, '')}\r\nEND:VEVENT`),
    );
    const limits = { maxComponents: 2000, maxAttendees: 100_000 };
    const itip = readItipMessage(parseCalendar(before + instances.join('') + after), { limits });
    expect(means(await sender.send(message(invitation, [c], { itip })))).toEqual(['done']);
  });

  it('[Q56] never throws for what a peer does', async () => {
    const snippets = fc.constantFrom(
      '<schedule-response xmlns="urn:ietf:params:xml:ns:ischedule">',
      '<response>',
      '</response>',
      '<recipient>',
      c,
      '</recipient>',
      '<request-status>',
      '2.0',
      ';',
      '</request-status>',
      '<calendar-data>',
      '<![CDATA[',
      ']]>',
      '</schedule-response>',
      '<error/>',
      '&#0;',
      '\u0000',
      'é',
      '<?xml version="1.0"?>',
    );
    const content = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(snippets, { maxLength: 20 }).map((parts) => parts.join('')),
    );
    const field = fc.record({
      name: fc.constantFrom(
        'Retry-After',
        'iSchedule-Capabilities',
        'Content-Type',
        'Location',
        'Cache-Control',
        'Age',
        'Expires',
      ),
      value: fc.string(),
    });
    const response = fc.record({
      status: fc.integer({ min: 200, max: 599 }),
      fields: fc.array(field, { maxLength: 5 }),
      content: content.map((text) => Buffer.from(text)),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(response, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        async (responses, withCapabilities) => {
          const queue = [...responses];
          const sender = senderAnswered((request) =>
            request.method === 'GET' && withCapabilities
              ? { status: 200, fields: [], content: Buffer.from(capabilities().content) }
              : (queue.shift() ?? responses[0]!),
          );
          const outcomes = await sender.send(message(invitation, [c]));
          expect(outcomes).toHaveLength(1);
          expect(outcomes[0]?.recipient).toBe(c);
        },
      ),
      { numRuns: 150 },
    );
  });
});

function senderAnswered(
  react: (request: FetchRequest) => {
    status: number;
    fields: readonly { name: string; value: string }[];
    content: Uint8Array;
  },
): Sender {
  const clock = createFakeClock();
  const fetch = async (request: FetchRequest) => react(request);
  return createSender({
    locator: createLocator({ dns: createZoneDns(zones), random: createSeededRandom(1) }),
    capabilities: createPeerCapabilities({ fetch, clock }),
    fetch,
    signer: { sign: async () => ({ name: 'DKIM-Signature', value: 'v=1' }) },
    signingKeys: { forOriginator: async () => identityOf('example.com') },
    clock,
    random: createSeededRandom(2),
  });
}
