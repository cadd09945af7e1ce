import type { CertificateName, FetchRequest, FetchResponse } from '@isched/runtime';
import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { httpsPeer, labFetch, loopbackDns, type Peer } from './support/peers.ts';

const dns = (name: string): CertificateName => ({ type: 'dns', name: parseDomainName(name) });
const srv = (service: string, name: string): CertificateName => ({ type: 'srv', service, name: parseDomainName(name) });
const code = (failure: string): object => ({ name: 'FetchError', code: failure });
const day = 86_400_000;
const answering: Parameters<typeof httpsPeer>[0] = (_request, response) => void response.end('ok');

async function ask(peer: Peer, names?: readonly CertificateName[], host = 'peer.example'): Promise<FetchResponse> {
  await using fetch = labFetch({}, loopbackDns('a.peer.example. A 127.0.0.1\na.b.peer.example. A 127.0.0.1'));
  const request: FetchRequest = { method: 'GET', url: `https://${host}:${peer.port}/`, fields: [] };
  return fetch(names ? { ...request, certificateNames: names } : request);
}

describe('the certificate of a peer', () => {
  it.each<[string, object, readonly CertificateName[] | undefined]>([
    ['the host, where nothing else is said', { dnsNames: ['peer.example'] }, undefined],
    ['the host in another case', { dnsNames: ['PEER.Example'] }, undefined],
    ['the SRV target', { dnsNames: ['peer.example'] }, [dns('peer.example'), dns('example.org')]],
    ['the source domain', { dnsNames: ['example.org'] }, [dns('peer.example'), dns('example.org')]],
    ['the service at the source domain', { srvNames: ['_ischedules.example.org'] }, [srv('ischedules', 'example.org')]],
    ['the service in another case', { srvNames: ['_iSchedules.EXAMPLE.org'] }, [srv('ischedules', 'example.org')]],
    ['one of many', { dnsNames: ['x.example', 'peer.example'], srvNames: ['_y.example'] }, undefined],
  ])('[IS-1.31, DO-5.6] may be for %s', async (_what, names, wanted) => {
    await using peer = await httpsPeer(answering, names);
    expect((await ask(peer, wanted)).status).toBe(200);
  });

  it.each<[string, object, readonly CertificateName[] | undefined]>([
    ['another host', { dnsNames: ['other.example'] }, undefined],
    ['a host below', { dnsNames: ['www.peer.example'] }, undefined],
    ['a host above', { dnsNames: ['example'] }, undefined],
    ['the host, where only the source domain will do', { dnsNames: ['peer.example'] }, [dns('example.org')]],
    ['another service', { srvNames: ['_imaps.example.org'] }, [srv('ischedules', 'example.org')]],
    ['a service where a host is wanted', { srvNames: ['_ischedules.peer.example'] }, undefined],
    ['the host in its common name alone', { commonName: 'peer.example', dnsNames: ['other.example'] }, undefined],
    ['nobody', { commonName: 'peer.example' }, undefined],
    ['a name with a NUL in it', { dnsNames: ['peer.example\0.evil.example'] }, undefined],
    ['a part of a label', { dnsNames: ['p*.example', '*eer.example'] }, undefined],
    ['a whole top-level domain', { dnsNames: ['*.example'] }, undefined],
    ['everything', { dnsNames: ['*'] }, undefined],
    ['its address, where a name is asked for', { addresses: ['127.0.0.1'] }, undefined],
  ])('[IS-1.31, DO-5.6] may not be for %s', async (_what, names, wanted) => {
    await using peer = await httpsPeer(answering, names);
    await expect(ask(peer, wanted)).rejects.toMatchObject(code('certificate-name-mismatch'));
  });

  it('may have a wildcard for one left-most label', async () => {
    await using peer = await httpsPeer(answering, { dnsNames: ['*.peer.example'] });
    expect((await ask(peer, undefined, 'a.peer.example')).status).toBe(200);
    await expect(ask(peer, undefined, 'peer.example')).rejects.toMatchObject(code('certificate-name-mismatch'));
    await expect(ask(peer, undefined, 'a.b.peer.example')).rejects.toMatchObject(code('certificate-name-mismatch'));
  });

  it('is for the address where the URL has one', async () => {
    await using peer = await httpsPeer(answering, { addresses: ['127.0.0.1'] });
    expect((await ask(peer, undefined, '127.0.0.1')).status).toBe(200);
    await using other = await httpsPeer(answering, { addresses: ['127.0.0.2'], dnsNames: ['127.0.0.1'] });
    await expect(ask(other, undefined, '127.0.0.1')).rejects.toMatchObject(code('certificate-name-mismatch'));
  });

  it.each<[string, object]>([
    ['has expired', { notAfter: new Date(Date.now() - day), notBefore: new Date(Date.now() - 2 * day) }],
    ['is not valid yet', { notBefore: new Date(Date.now() + day) }],
  ])('[IS-1.30] is refused when it %s', async (_what, times) => {
    await using peer = await httpsPeer(answering, { dnsNames: ['peer.example'], ...times });
    await expect(ask(peer)).rejects.toMatchObject(code('certificate-invalid'));
  });

  it('[IS-1.31] is checked anew for other names: a connection made for one is not used for another', async () => {
    await using peer = await httpsPeer(answering, { dnsNames: ['peer.example'] });
    await using fetch = labFetch();
    const request: FetchRequest = { method: 'GET', url: `https://peer.example:${peer.port}/`, fields: [] };
    expect((await fetch({ ...request, certificateNames: [dns('peer.example')] })).status).toBe(200);
    await expect(fetch({ ...request, certificateNames: [dns('example.org')] })).rejects.toMatchObject(
      code('certificate-name-mismatch'),
    );
  });
});
