import { FetchError, type FetchRequest } from '@isched/runtime';
import { createFakePeer, type FakePeer } from '@isched/testkit';
import { octetsFromText } from '@isched/values';
import { describe, expect, it } from 'vitest';

const request: FetchRequest = {
  method: 'POST',
  url: 'https://peer.example/',
  fields: [
    { name: 'Recipient', value: 'mailto:a@example.com' },
    { name: 'recipient', value: ' mailto:b@example.com' },
  ],
  content: octetsFromText('body'),
};

describe('a fake peer', () => {
  it('answers what was written down, in order', async () => {
    const peer = createFakePeer()
      .expect(
        {
          method: 'POST',
          url: 'https://peer.example/',
          fields: { Recipient: ['mailto:a@example.com', 'mailto:b@example.com'], Originator: [] },
          content: 'body',
        },
        { status: 200, fields: { ETag: '"1"', Via: ['a', 'b'] }, content: 'ok' },
      )
      .expect({ method: 'POST', url: 'https://peer.example/' }, new FetchError('timeout', 'too late'))
      .expect({ method: 'POST', url: 'https://peer.example/' }, ({ content }) => ({
        status: content === undefined ? 400 : 204,
      }));
    expect(await peer.fetch(request)).toEqual({
      status: 200,
      fields: [
        { name: 'ETag', value: '"1"' },
        { name: 'Via', value: 'a' },
        { name: 'Via', value: 'b' },
      ],
      content: octetsFromText('ok'),
    });
    await expect(peer.fetch(request)).rejects.toMatchObject({ code: 'timeout' });
    expect((await peer.fetch(request)).status).toBe(204);
    expect(peer.requests).toEqual([request, request, request]);
  });

  it('keeps to the limits of its caller', async () => {
    const peer = createFakePeer().expect({ method: 'POST', url: request.url }, { status: 200, content: 'too long' });
    await expect(peer.fetch(request, { maxContentOctets: 3 })).rejects.toMatchObject({ code: 'response-too-long' });
  });

  it('minds an unexpected request, even where the code under test swallows the error', async () => {
    const peer = createFakePeer({ verify: 'by-hand' });
    await peer.fetch(request).catch(() => undefined);
    expect(() => peer.verify()).toThrow('unexpected POST https://peer.example/');
  });

  it('minds an expected request that was not made', () => {
    const peer = createFakePeer({ verify: 'by-hand' });
    peer.expect({ method: 'GET', url: 'https://peer.example/' }, { status: 200 });
    expect(() => peer.verify()).toThrow('not asked: GET https://peer.example/');
  });

  it.each<[string, Parameters<FakePeer['expect']>[0]]>([
    ['method', { method: 'GET', url: request.url }],
    ['URL', { method: 'POST', url: 'https://peer.example/other' }],
    ['fields', { method: 'POST', url: request.url, fields: { Recipient: 'mailto:a@example.com' } }],
    ['content', { method: 'POST', url: request.url, content: 'bod' }],
    ['certificate names', { method: 'POST', url: request.url, certificateNames: [] }],
  ])('minds a difference in %s', async (_what, expected) => {
    const peer = createFakePeer({ verify: 'by-hand' }).expect(expected, { status: 200 });
    await expect(peer.fetch(request)).rejects.toThrow('POST https://peer.example/: ');
    expect(() => peer.verify()).toThrow('POST https://peer.example/: ');
  });
});
