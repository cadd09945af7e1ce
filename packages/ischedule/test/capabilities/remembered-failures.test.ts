import { FetchError } from '@isched/runtime';
import { createFakeClock, createFakePeer, type PeerReaction } from '@isched/testkit';
import { describe, expect, it } from 'vitest';
import { createPeerCapabilities } from '../../src/capabilities/cached.ts';
import { rememberFailures } from '../../src/capabilities/remembered-failures.ts';

const url = 'https://cal.example.org/ischedule?action=capabilities';
const receiver = { receiverId: 'r', candidates: [{ url: 'https://cal.example.org/ischedule' }] };
const fine = '<query-result xmlns="urn:ietf:params:xml:ns:ischedule"><capabilities/></query-result>';

function world(...reactions: readonly PeerReaction[]) {
  const peer = createFakePeer();
  for (const reaction of reactions) peer.expect({ method: 'GET', url }, reaction);
  const clock = createFakeClock();
  const asked = createPeerCapabilities({ fetch: peer.fetch, clock });
  return { peer, clock, asked, capabilities: rememberFailures(asked, { clock }, { forMs: 30_000, maxReceivers: 2 }) };
}

describe('a receiver whose capabilities could not be had', () => {
  it.each<[string, PeerReaction, string]>([
    ['that could not be reached', new FetchError('timeout', 'no answer'), 'unreachable'],
    ['that refused', { status: 503, fields: { 'Retry-After': '120' }, content: 'x'.repeat(10_000) }, 'refused'],
    ['that answered something else', { status: 200, content: '<html>' }, 'unreadable'],
  ])('%s is not asked again at once, and is after a while', async (_, reaction, status) => {
    const { peer, clock, capabilities } = world(reaction, { status: 200, content: fine });
    const first = await capabilities.lookup(receiver);
    expect(first).toMatchObject({ status, attempts: [{ url }] });
    await clock.advance(29_999);
    const { attempts, ...told } = await capabilities.lookup(receiver);
    expect(told.status).toBe(status);
    expect(attempts).toEqual([]);
    expect('response' in told ? told.response : undefined).toEqual(
      'response' in first ? { ...first.response, content: new Uint8Array() } : undefined,
    );
    expect(peer.requests).toHaveLength(1);
    await clock.advance(1);
    expect((await capabilities.lookup(receiver)).status).toBe('known');
    expect((await capabilities.lookup(receiver)).attempts).toEqual([]);
  });

  it('is asked by a queue all the same', async () => {
    const { capabilities, asked } = world(new FetchError('timeout', 'no answer'), { status: 200, content: fine });
    await capabilities.lookup(receiver);
    expect((await asked.lookup(receiver)).status).toBe('known');
  });

  it('is remembered beside few others', async () => {
    const { peer, capabilities } = world(...Array.from({ length: 4 }, () => new FetchError('timeout', 'no answer')));
    for (const receiverId of ['a', 'b', 'c', 'a']) await capabilities.lookup({ ...receiver, receiverId });
    expect(peer.requests).toHaveLength(4);
    await capabilities.lookup({ ...receiver, receiverId: 'c' });
  });

  it('is not remembered where the caller gave up', async () => {
    const { capabilities } = world({ status: 200, content: fine });
    const gone = AbortSignal.abort(new Error('gone'));
    await expect(capabilities.lookup(receiver, { signal: gone })).rejects.toThrow('gone');
    expect((await capabilities.lookup(receiver)).status).toBe('known');
  });
});
