import { fieldValue, fieldValues } from '@isched/runtime';
import { describe, expect, it } from 'vitest';
import { faultOf, receiverWorld, textOf } from '../support/receiver.ts';

const paths = { options: { paths: ['/ischedule'] } };

describe('capabilities', () => {
  it.each([
    '/.well-known/ischedule?action=capabilities',
    '/ischedule?action=capabilities',
    '/ischedule',
    '/ischedule?',
    '/ischedule?x=1',
    '/ischedule?x=1&action=capabilities',
    '/.well-known/ischedule',
  ])('[IS-2.1, IS-2.2, IS-2.6, IS-2.7, IS-2.8, IS-2.13, IS-1.28] GET %s', async (target) => {
    const response = await receiverWorld(paths).ask({ method: 'GET', target });
    expect(response.status).toBe(200);
    expect(fieldValues(response.fields, 'Content-Type')).toEqual(['application/xml; charset=utf-8']);
    expect(fieldValue(response.fields, 'ETag')).toMatch(/^"[\w-]{22}"$/);
    expect(fieldValue(response.fields, 'Cache-Control')).toBe('max-age=3600');
    expect(textOf(response)).toContain('<serial-number>7</serial-number>');
  });

  it('[IS-2.5] HEAD has the fields of GET, without content', async () => {
    const world = receiverWorld();
    const get = await world.ask({ method: 'GET' });
    expect(await world.ask({ method: 'HEAD' })).toEqual({ ...get, content: new Uint8Array() });
  });

  it('[IS-2.9, IS-2.12] 304 where the peer has it', async () => {
    const world = receiverWorld();
    const etag = fieldValue((await world.ask({ method: 'GET' })).fields, 'ETag') ?? '';
    const status = async (value: string) =>
      (await world.ask({ method: 'GET', fields: [{ name: 'If-None-Match', value }] })).status;
    expect(await status(etag)).toBe(304);
    expect(await status(`W/${etag}`)).toBe(304);
    expect(await status(` "x" , ${etag}`)).toBe(304);
    expect(await status('*')).toBe(304);
    expect(await status('"x"')).toBe(200);
    const response = await world.ask({ method: 'GET', fields: [{ name: 'if-none-match', value: etag }] });
    expect(response.content).toHaveLength(0);
    expect(fieldValue(response.fields, 'ETag')).toBe(etag);
    expect(fieldValue(response.fields, 'iSchedule-Capabilities')).toBe('7');
  });

  it('[IS-2.19] have another tag when they are others', async () => {
    const tag = async (world: ReturnType<typeof receiverWorld>) =>
      fieldValue((await world.ask({ method: 'GET' })).fields, 'ETag');
    expect(await tag(receiverWorld({ capabilities: { serialNumber: 8, maxRecipients: 3 } }))).not.toBe(
      await tag(receiverWorld()),
    );
  });

  it.each(['/ischedule?action=bogus', '/ischedule?action=', '/ischedule?query=capabilities', '/ischedule?query=bogus'])(
    '[IS-2.3, IS-2.4] GET %s is 400',
    async (target) => {
      const response = await receiverWorld(paths).ask({ method: 'GET', target });
      expect([response.status, faultOf(response)]).toEqual([400, 'none']);
    },
  );

  it("[IS-2.4, Q1] ?query=capabilities is answered in the first drafts' words where the switch is on", async () => {
    const world = receiverWorld({ options: { legacyQuery: true } });
    const response = await world.ask({ method: 'GET', target: '/.well-known/ischedule?query=capabilities' });
    expect(response.status).toBe(200);
    expect(textOf(response)).toContain('<supported-version-set><version>1.0</version></supported-version-set>');
    expect(textOf(await world.ask({ method: 'GET', target: '/.well-known/ischedule?action=capabilities' }))).toContain(
      '<serial-number>',
    );
    expect((await world.ask({ method: 'GET', target: '/.well-known/ischedule?query=other' })).status).toBe(400);
  });
});

describe('targets and methods', () => {
  it.each([
    'https://cal.example.org/ischedule?action=capabilities',
    'http://cal.example.org:8080/ischedule',
    'HTTPS://x/.well-known/ischedule',
  ])('[Q2] takes the absolute form: %s', async (target) => {
    expect((await receiverWorld(paths).ask({ method: 'GET', target })).status).toBe(200);
  });

  it.each([
    '/',
    '/ischedule/',
    '/Ischedule',
    '/ischedule2',
    '//ischedule',
    '/.well-known/',
    '/.well-known/domainkey/example.org/cal',
    'https://cal.example.org',
    '/%69schedule',
  ])('[IS-4.25] %s is not found', async (target) => {
    const world = receiverWorld(paths);
    for (const method of ['GET', 'POST', 'PUT']) {
      const response = await world.ask({ method, target });
      expect([response.status, faultOf(response)]).toEqual([404, 'none']);
    }
  });

  it.each(['*', 'cal.example.org:443', '', '?action=capabilities', 'ftp://x/ischedule'])(
    '%j is no target',
    async (target) => {
      const response = await receiverWorld().ask({ method: 'GET', target });
      expect([response.status, faultOf(response)]).toEqual([400, 'none']);
    },
  );

  it.each(['PUT', 'DELETE', 'PATCH', 'PROPFIND', 'TRACE', 'get', 'CONNECT'])(
    '[IS-4.26] %s is not allowed',
    async (method) => {
      const response = await receiverWorld().ask({ method });
      expect([response.status, faultOf(response)]).toEqual([405, 'none']);
      expect(fieldValue(response.fields, 'Allow')).toBe('GET, HEAD, OPTIONS, POST');
    },
  );

  it.each(['/ischedule', '*'])('[IS-2.10, IS-2.11, IS-2.12] OPTIONS %s says what is allowed', async (target) => {
    const response = await receiverWorld(paths).ask({ method: 'OPTIONS', target });
    expect(response.status).toBe(200);
    expect(fieldValue(response.fields, 'Allow')).toBe('GET, HEAD, OPTIONS, POST');
    expect(fieldValue(response.fields, 'iSchedule-Version')).toBe('1.0');
    expect(fieldValue(response.fields, 'iSchedule-Capabilities')).toBe('7');
  });

  it('[IS-2.10, IS-2.12] every answer has version and serial', async () => {
    const world = receiverWorld();
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']) {
      for (const target of ['/.well-known/ischedule', '/no', '*', '/.well-known/ischedule?action=x']) {
        const response = await world.ask({ method, target });
        expect(fieldValues(response.fields, 'iSchedule-Version')).toEqual(['1.0']);
        expect(fieldValues(response.fields, 'iSchedule-Capabilities')).toEqual(['7']);
        if (method === 'HEAD') expect(response.content).toHaveLength(0);
      }
    }
  });

  it('refuses to be made with a path that is none', () => {
    expect(() => receiverWorld({ options: { paths: ['ischedule'] } })).toThrow(TypeError);
    expect(() => receiverWorld({ options: { paths: ['/a?b'] } })).toThrow(TypeError);
  });
});

describe('keys', () => {
  const records = ['v=DKIM1; s=ischedule; p=AAAA', 'v=DKIM1; s=ischedule; p=BBBB'];
  const asked: unknown[] = [];
  const world = () =>
    receiverWorld({
      deps: {
        publishedKeys: async (query) => {
          asked.push(query);
          return query.signingDomain === 'example.org' && query.selector === 'cal.2026' ? records : [];
        },
      },
    });

  it('[Q28] are served as text/plain, a record a line with CRLF', async () => {
    const response = await world().ask({ method: 'GET', target: '/.well-known/domainkey/Example.org/cal.2026' });
    expect(response.status).toBe(200);
    expect(fieldValues(response.fields, 'Content-Type')).toEqual(['text/plain']);
    expect(textOf(response)).toBe(`${records[0]}\r\n${records[1]}\r\n`);
    expect(fieldValue(response.fields, 'ETag')).toBeTruthy();
  });

  it('answer HEAD, OPTIONS and conditions', async () => {
    const target = '/.well-known/domainkey/example.org/cal.2026';
    expect((await world().ask({ method: 'HEAD', target })).content).toHaveLength(0);
    expect(fieldValue((await world().ask({ method: 'OPTIONS', target })).fields, 'Allow')).toBe('GET, HEAD, OPTIONS');
    expect((await world().ask({ method: 'GET', target, fields: [{ name: 'If-None-Match', value: '*' }] })).status).toBe(
      304,
    );
    expect((await world().ask({ method: 'POST', target })).status).toBe(405);
  });

  it.each([
    '',
    'example.org',
    'example.org/',
    '/cal',
    'example.org/cal/x',
    'example.org/..',
    'example.org/%2e%2e',
    '../cal',
    '192.0.2.1/cal',
    'example.org/a_b..c',
    `example.org/${'x'.repeat(64)}`,
    'example.org/cal%00',
  ])('[DO-5.10] %s is looked for nowhere', async (path) => {
    const before = asked.length;
    const response = await world().ask({ method: 'GET', target: `/.well-known/domainkey/${path}` });
    expect([response.status, faultOf(response)]).toEqual([404, 'none']);
    expect(asked).toHaveLength(before);
  });

  it('that are not ours are not found', async () => {
    expect((await world().ask({ method: 'GET', target: '/.well-known/domainkey/example.net/cal' })).status).toBe(404);
  });
});
