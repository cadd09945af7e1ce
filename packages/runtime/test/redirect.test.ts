import { type FetchRequest, type FetchResponse, followRedirects, nextHop, redirected } from '@isched/runtime';
import { createFakePeer } from '@isched/testkit';
import { octetsFromText, parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';

const get: FetchRequest = { method: 'GET', url: 'https://a.example/x/y?q=1', fields: [] };
const post: FetchRequest = { ...get, method: 'POST', content: octetsFromText('body') };
const answer = (status: number, ...locations: readonly string[]): FetchResponse => ({
  status,
  fields: locations.map((value) => ({ name: 'location', value })),
  content: new Uint8Array(),
});

describe('nextHop', () => {
  it.each([301, 302, 307, 308])('[IS-1.22, Q5] follows %i for GET and POST', (status) => {
    for (const request of [get, post]) {
      expect(nextHop(answer(status, 'https://b.example/z'), request)).toEqual(new URL('https://b.example/z'));
    }
  });

  it('[IS-1.23] follows 303 for GET only', () => {
    expect(nextHop(answer(303, 'https://b.example/'), get)).toEqual(new URL('https://b.example/'));
    expect(nextHop(answer(303, 'https://b.example/'), post)).toEqual({ fault: 'method-would-change' });
  });

  it.each([
    ['/z', 'https://a.example/z'],
    ['z?r=2', 'https://a.example/x/z?r=2'],
    ['?r=2', 'https://a.example/x/y?r=2'],
    ['//b.example/z', 'https://b.example/z'],
    ['https://b.example:8443/z#part', 'https://b.example:8443/z'],
  ])('[IS-1.21] resolves Location %s', (location, expected) => {
    expect(nextHop(answer(302, location), get)).toEqual(new URL(expected));
  });

  it.each([
    ['http://a.example/x', 'location-not-https'],
    ['ftp://a.example/', 'location-not-https'],
    ['javascript:alert(1)', 'location-not-https'],
    ['https://', 'location-malformed'],
    ['', 'location-missing'],
  ])('[IS-1.25] does not follow Location %j: %s', (location, fault) => {
    expect(nextHop(answer(301, location), get)).toEqual({ fault });
  });

  it('does not choose between two Locations, nor make one up', () => {
    expect(nextHop(answer(301, 'https://b.example/', 'https://c.example/'), get)).toEqual({
      fault: 'location-malformed',
    });
    expect(nextHop(answer(301), get)).toEqual({ fault: 'location-missing' });
  });

  it.each([200, 204, 300, 304, 305, 400, 503])('does not take %i for a redirect', (status) => {
    expect(nextHop(answer(status, 'https://b.example/'), get)).toBeUndefined();
  });
});

describe('redirected', () => {
  const signed: FetchRequest = {
    ...post,
    fields: [
      { name: 'Originator', value: 'mailto:a@a.example' },
      { name: 'authorization', value: 'Basic x' },
    ],
    certificateNames: [{ type: 'dns', name: parseDomainName('a.example') }],
  };

  it('keeps everything on the same origin', () => {
    const url = new URL('https://a.example/other');
    expect(redirected(signed, url)).toEqual({ ...signed, url: 'https://a.example/other' });
  });

  it('[IS-1.27, IS-1.26] leaves Authorization and the other names of a certificate behind on the way to another origin', () => {
    const next = redirected(signed, new URL('https://a.example:8443/other'));
    expect(next.fields).toEqual([{ name: 'Originator', value: 'mailto:a@a.example' }]);
    expect(next.certificateNames).toBeUndefined();
    expect(next.content).toEqual(octetsFromText('body'));
    expect(next.method).toBe('POST');
  });
});

describe('followRedirects', () => {
  it('[IS-1.21, IS-1.22] asks again where it is sent, with the same content', async () => {
    const peer = createFakePeer()
      .expect({ method: 'POST', url: 'https://a.example/x/y?q=1', content: 'body' }, redirectTo('https://b.example/1'))
      .expect({ method: 'POST', url: 'https://b.example/1', content: 'body' }, redirectTo('/2'))
      .expect({ method: 'POST', url: 'https://b.example/2', content: 'body' }, { status: 200, content: 'done' });
    const followed = await followRedirects(peer.fetch, post);
    expect(followed).toMatchObject({ status: 'answered', request: { url: 'https://b.example/2' } });
  });

  it('[IS-1.24] gives up at the sixth redirect', async () => {
    const peer = createFakePeer();
    for (let hop = 0; hop <= 5; hop++) {
      const url = hop === 0 ? get.url : `https://a.example/${hop}`;
      peer.expect({ method: 'GET', url }, redirectTo(`/${hop + 1}`));
    }
    expect(await followRedirects(peer.fetch, get)).toMatchObject({ status: 'stuck', why: 'too-many-redirects' });
  });

  it('[IS-1.25] hands back a redirect that leads out of https', async () => {
    const peer = createFakePeer().expect({ method: 'GET', url: get.url }, redirectTo('http://a.example/'));
    expect(await followRedirects(peer.fetch, get)).toMatchObject({ status: 'stuck', why: 'location-not-https' });
  });
});

function redirectTo(location: string): { readonly status: number; readonly fields: { readonly Location: string } } {
  return { status: 301, fields: { Location: location } };
}
