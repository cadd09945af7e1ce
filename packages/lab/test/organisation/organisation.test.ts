import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority, prepareOrganisation, startOrganisation } from '@isched/lab';
import { createZoneDns } from '@isched/testkit';
import { parseDomainName } from '@isched/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ca = await createCertificateAuthority();

describe('an organisation', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isched-lab-'));
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));
  const prepare = (name: string, path?: string) =>
    prepareOrganisation({
      domain: 'Example.COM',
      folder: join(folder, name),
      ca,
      path,
      configText: ({ domain, port }) => `# ${domain} ${port}\n`,
    });

  it('has its receiver, its key server and its key in its zone', async () => {
    const organisation = await prepare('zone', '/ischedule');
    const dns = createZoneDns({ 'example.com': organisation.zoneText });
    const target = { priority: 0, weight: 0, port: organisation.port, target: 'ischedule.example.com' };
    expect((await dns.srv(parseDomainName('_ischedules._tcp.example.com'))).records).toEqual([target]);
    expect((await dns.srv(parseDomainName('_domainkey_lookup._tcp.example.com'))).records).toEqual([target]);
    expect((await dns.txt(parseDomainName('_ischedules._tcp.example.com'))).records).toEqual([
      ['txtvers=1', 'path=/ischedule'],
    ]);
    expect((await dns.addresses(organisation.host)).records).toEqual(['127.0.0.1']);
    const [key = []] = (await dns.txt(parseDomainName('lab1._domainkey.example.com'))).records;
    expect(key.length).toBeGreaterThan(1);
    expect(key.join('')).toBe(organisation.keyRecord);
    expect(organisation.keyRecord).toMatch(/^v=DKIM1;.*s=ischedule/);
    expect(organisation.receiverUrl).toBe(`https://ischedule.example.com:${organisation.port}/ischedule`);
  });

  it('has no TXT record where the well-known path will do', async () => {
    const organisation = await prepare('plain');
    const dns = createZoneDns({ 'example.com': organisation.zoneText });
    expect((await dns.txt(parseDomainName('_ischedules._tcp.example.com'))).records).toEqual([]);
    expect(organisation.receiverUrl).toMatch(/\/\.well-known\/ischedule$/);
  });

  it('has files that fit together, its secrets for its owner alone', async () => {
    const { files, signingKey, port } = await prepare('files');
    const certificate = new X509Certificate(await readFile(files.certificate));
    const root = new X509Certificate(await readFile(files.authority));
    expect(certificate.verify(root.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(await readFile(files.certificateKey)))).toBe(true);
    expect(certificate.subjectAltName).toContain('DNS:ischedule.example.com, DNS:example.com');
    expect(createPrivateKey(await readFile(files.signingKey)).equals(signingKey.privateKey)).toBe(true);
    expect(await readFile(files.config, 'utf8')).toBe(`# example.com ${port}\n`);
    for (const secret of [files.certificateKey, files.signingKey])
      expect((await stat(secret)).mode & 0o777).toBe(0o600);
    expect((await stat(files.data)).isDirectory()).toBe(true);
  });

  it('starts a program in its folder', async () => {
    const organisation = await prepare('start');
    const script = "console.log('ready in ' + process.cwd()); setInterval(() => {}, 1000)";
    await using running = await startOrganisation(organisation, {
      command: process.execPath,
      args: ['-e', script],
      readyLine: /^ready/,
    });
    expect(running.organisation.domain).toBe('example.com');
    expect(running.lines()).toEqual([`ready in ${organisation.folder}`]);
  });
});
