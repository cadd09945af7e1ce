import type { HttpRequest, HttpResponse } from '@isched/runtime';
import { octetsFromText } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { managementRoutes, publicRoutes } from '../../src/server/routes.ts';

const request = (method: string, target: string): HttpRequest => ({
  method,
  target,
  fields: [],
  readContent: async () => new Uint8Array(),
});
const content = (response: HttpResponse) => Buffer.from(response.content).toString();
const answer: HttpResponse = { status: 200, fields: [], content: octetsFromText('from the receiver') };

describe('public routes', () => {
  const routes = publicRoutes({
    receiver: { handle: async () => answer },
    capabilities: { current: () => ({ serialNumber: '7' }) },
  });

  it('leave every request to the receiver', async () => {
    expect(await routes.handle(request('GET', '/anything'), {})).toBe(answer);
  });

  it.each([
    ['bad-request', 400],
    ['request-timeout', 408],
    ['fields-too-large', 431],
    ['failed', 500],
  ] as const)('[IS-2.10, IS-2.12, IS-4.27] answer %s with version, serial and an error document', (trouble, status) => {
    const response = routes.refuse(trouble, 'because of <this>');
    expect(response.status).toBe(status);
    expect(response.fields).toContainEqual({ name: 'iSchedule-Version', value: '1.0' });
    expect(response.fields).toContainEqual({ name: 'iSchedule-Capabilities', value: '7' });
    expect(content(response)).toContain('<error xmlns="urn:ietf:params:xml:ns:ischedule">');
    expect(content(response)).toContain('because of &lt;this&gt;');
  });
});

describe('management routes', () => {
  const ask = async (method: string, target: string, ready: () => Promise<boolean> = async () => true) =>
    managementRoutes({
      ready,
      more: async ({ target: path }) => (path === '/more' ? { ...answer, content: octetsFromText('more') } : undefined),
    }).handle(request(method, target), {});

  it('say that the process lives, and whether it is ready', async () => {
    expect((await ask('GET', '/healthz/live')).status).toBe(200);
    expect((await ask('GET', '/healthz/ready?verbose')).status).toBe(200);
    expect((await ask('GET', '/healthz/ready', async () => false)).status).toBe(503);
    expect((await ask('GET', '/healthz/ready', () => Promise.reject(new Error('no store')))).status).toBe(503);
    expect((await ask('GET', '/healthz/live', async () => false)).status).toBe(200);
  });

  it('answer HEAD without content, and nothing but questions', async () => {
    expect(content(await ask('HEAD', '/healthz/live'))).toBe('');
    expect((await ask('POST', '/healthz/live')).status).toBe(405);
  });

  it('hand everything else on, and find nothing where nobody answers', async () => {
    expect(content(await ask('GET', '/more'))).toBe('more');
    expect((await ask('GET', '/healthz/else')).status).toBe(404);
  });
});
