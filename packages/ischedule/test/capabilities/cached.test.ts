import { FetchError } from '@isched/runtime';
import { createFakeClock, createFakePeer } from '@isched/testkit';
import { describe, expect, it } from 'vitest';
import { createPeerCapabilities } from '../../src/capabilities/cached.ts';

const document = (serial: number | string, inner = ''): string =>
  `<query-result xmlns="urn:ietf:params:xml:ns:ischedule"><capabilities>${serial === '' ? '' : `<serial-number>${serial}</serial-number>`}${inner}</capabilities></query-result>`;

const url = 'https://cal.example.org/ischedule?action=capabilities';
const receiver = { receiverId: 'r', candidates: [{ url: 'https://cal.example.org/ischedule' }] };

function world() {
  const peer = createFakePeer();
  const clock = createFakeClock();
  return { peer, clock, capabilities: createPeerCapabilities({ fetch: peer.fetch, clock }) };
}

describe("peers' capabilities", () => {
  it('[IS-2.10, IS-2.39] are fetched once while fresh', async () => {
    const { peer, clock, capabilities } = world();
    peer.expect(
      { method: 'GET', url, fields: { 'iSchedule-Version': '1.0' } },
      {
        status: 200,
        fields: { 'Cache-Control': 'max-age=60' },
        content: document(1, '<max-recipients>5</max-recipients>'),
      },
    );
    expect(await capabilities.lookup(receiver)).toMatchObject({
      status: 'known',
      capabilities: { maxRecipients: 5 },
      attempts: [{ url, status: 200 }],
    });
    await clock.advance(59_999);
    expect(await capabilities.lookup(receiver)).toMatchObject({ status: 'known', attempts: [] });
  });

  it('[IS-2.39] are asked for again conditionally, and kept on 304', async () => {
    const { peer, clock, capabilities } = world();
    peer.expect(
      { method: 'GET', url, fields: { 'If-None-Match': [] } },
      {
        status: 200,
        fields: { 'Cache-Control': 'max-age=60', ETag: '"a"' },
        content: document(1, '<max-recipients>5</max-recipients>'),
      },
    );
    peer.expect(
      { method: 'GET', url, fields: { 'If-None-Match': '"a"' } },
      { status: 304, fields: { 'Cache-Control': 'max-age=120' } },
    );
    await capabilities.lookup(receiver);
    await clock.advance(60_000);
    expect(await capabilities.lookup(receiver)).toMatchObject({ status: 'known', capabilities: { maxRecipients: 5 } });
    await clock.advance(119_999);
    expect(await capabilities.lookup(receiver)).toMatchObject({ attempts: [] });
  });

  it('[IS-2.39] are asked for by date where there is no tag', async () => {
    const { peer, clock, capabilities } = world();
    const modified = 'Sun, 22 Nov 2026 14:26:24 GMT';
    peer.expect(
      { method: 'GET', url },
      { status: 200, fields: { 'Cache-Control': 'max-age=0', 'Last-Modified': modified }, content: document(1) },
    );
    peer.expect(
      { method: 'GET', url, fields: { 'If-Modified-Since': modified } },
      { status: 200, content: document(2) },
    );
    await capabilities.lookup(receiver);
    await clock.advance(1);
    expect(await capabilities.lookup(receiver)).toMatchObject({ capabilities: { serialNumber: '2' } });
  });

  it('[IS-2.40, IS-2.20, Q10] are reloaded, without condition, when an answer names another serial: higher or lower', async () => {
    const { peer, capabilities } = world();
    peer.expect(
      { method: 'GET', url },
      { status: 200, fields: { ETag: '"a"', 'iSchedule-Capabilities': '7' }, content: document(7) },
    );
    peer.expect({ method: 'GET', url, fields: { 'If-None-Match': [] } }, { status: 200, content: document(3) });
    await capabilities.lookup(receiver);
    expect(capabilities.noticeSerial('r', '7')).toBe(false);
    expect(capabilities.noticeSerial('r', undefined)).toBe(false);
    expect(capabilities.noticeSerial('stranger', '3')).toBe(false);
    expect(capabilities.noticeSerial('r', '3')).toBe(true);
    expect(await capabilities.lookup(receiver)).toMatchObject({ capabilities: { serialNumber: '3' } });
    expect(capabilities.noticeSerial('r', '3')).toBe(false);
  });

  it('[Q10] are not reloaded for the first serial that a peer names at all', async () => {
    const { peer, capabilities } = world();
    peer.expect({ method: 'GET', url }, { status: 200, content: document('') });
    await capabilities.lookup(receiver);
    expect(capabilities.noticeSerial('r', '1')).toBe(false);
    expect(await capabilities.lookup(receiver)).toMatchObject({ attempts: [] });
    expect(capabilities.noticeSerial('r', '2')).toBe(true);
    peer.expect({ method: 'GET', url }, { status: 200, content: document('') });
    await capabilities.lookup(receiver);
  });

  it('[Q8, Q10] are known without any serial', async () => {
    const { peer, capabilities } = world();
    peer.expect({ method: 'GET', url }, { status: 200, content: document('') });
    expect(await capabilities.lookup(receiver)).toMatchObject({ status: 'known' });
  });

  it('are asked for once by many at the same time', async () => {
    const { peer, capabilities } = world();
    peer.expect({ method: 'GET', url }, { status: 200, content: document(1) });
    const lookups = await Promise.all([1, 2, 3].map(() => capabilities.lookup(receiver)));
    expect(lookups.map(({ status }) => status)).toEqual(['known', 'known', 'known']);
  });

  it.each([
    [{ status: 404, content: 'no' }, 'refused'],
    [{ status: 503 }, 'refused'],
    [{ status: 304 }, 'refused'],
    [{ status: 301, fields: { Location: 'http://cal.example.org/' } }, 'refused'],
    [{ status: 200, content: '<html></html>' }, 'unreadable'],
    [{ status: 200, content: '' }, 'unreadable'],
    [new FetchError('connect-failed', 'no'), 'unreachable'],
  ])('may not be had: %o', async (reaction, status) => {
    const { peer, capabilities } = world();
    peer.expect({ method: 'GET', url }, reaction);
    expect(await capabilities.lookup(receiver)).toMatchObject({ status, attempts: [{ url }] });
  });

  it('[IS-1.20] are asked for with proper query syntax where the path has a query', async () => {
    const { peer, capabilities } = world();
    peer.expect(
      { method: 'GET', url: 'https://cal.example.org/x?tenant=1&action=capabilities' },
      { status: 200, content: document(1) },
    );
    await capabilities.lookup({ receiverId: 'q', candidates: [{ url: 'https://cal.example.org/x?tenant=1' }] });
  });

  it("[IS-1.13] come from the next candidate where the first can't be reached", async () => {
    const { peer, capabilities } = world();
    peer.expect({ method: 'GET', url }, new FetchError('timeout', 'slow'));
    peer.expect(
      { method: 'GET', url: 'https://backup.example.org/i?action=capabilities' },
      { status: 200, content: document(1) },
    );
    const candidates = [...receiver.candidates, { url: 'https://backup.example.org/i' }];
    expect(await capabilities.lookup({ receiverId: 'r', candidates })).toMatchObject({
      status: 'known',
      attempts: [{ cause: { code: 'timeout' } }, { status: 200 }],
    });
  });

  it('[IS-1.21, IS-1.23] follow redirects, 303 too', async () => {
    const { peer, capabilities } = world();
    peer.expect({ method: 'GET', url }, { status: 303, fields: { Location: 'https://cal.example.org/caps' } });
    peer.expect({ method: 'GET', url: 'https://cal.example.org/caps' }, { status: 200, content: document(1) });
    expect(await capabilities.lookup(receiver)).toMatchObject({ status: 'known' });
  });

  it('pass an abort on', async () => {
    const { capabilities } = world();
    await expect(capabilities.lookup(receiver, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});
