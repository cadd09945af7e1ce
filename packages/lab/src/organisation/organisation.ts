import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type AlgorithmName,
  formatSigningKey,
  generateKeyPair,
  type KeyPair,
  keyRecordText,
  zoneFileText,
} from '@isched/doseta';
import { type DomainName, parseDomainName } from '@isched/values';
import { freePort } from '../free-port.ts';
import { type CertificateAuthority, issueCertificate } from '../tls/certificates.ts';

/** What an organisation is to be. */
export interface OrganisationPlan {
  readonly domain: string;
  /** Everything of the organisation is written here; made when it is missing. */
  readonly folder: string;
  readonly ca: CertificateAuthority;
  /** Writes the configuration of its gateway, once everything else is known. */
  readonly configText: (organisation: Organisation) => string;
  /** Default `lab1`. */
  readonly selector?: string | undefined;
  /** Default rsa-sha256. */
  readonly algorithm?: AlgorithmName | undefined;
  /** Where it listens. Default 127.0.0.1. */
  readonly address?: string | undefined;
  /** `path=` of its TXT record. Default: no TXT record. */
  readonly path?: string | undefined;
}

/** An organisation on loopback: names, ports, keys, and the files they are in. */
export interface Organisation {
  readonly domain: DomainName;
  /** The SRV target: `ischedule.<domain>`. */
  readonly host: DomainName;
  readonly address: string;
  /** Of the receiver. Free when it was chosen. */
  readonly port: number;
  /** Of health endpoints and the like. Free when it was chosen. */
  readonly managementPort: number;
  readonly receiverUrl: string;
  readonly selector: string;
  readonly signingKey: KeyPair;
  /** The text of the TXT record for the key. */
  readonly keyRecord: string;
  /** For a name server: the receiver, the key server, and the key. */
  readonly zoneText: string;
  readonly folder: string;
  readonly files: OrganisationFiles;
}

/** Absolute when the folder is. */
export interface OrganisationFiles {
  readonly config: string;
  readonly certificate: string;
  readonly certificateKey: string;
  readonly authority: string;
  readonly signingKey: string;
  readonly zone: string;
  /** A folder for what the gateway stores. */
  readonly data: string;
}

/**
 * Prepares an organisation: chooses ports, makes a signing key and a certificate, and writes both, the zone and the
 * gateway's configuration into its folder. Private keys are readable by their owner only.
 *
 * @throws DomainNameError when the domain is none; the system's error when a file can't be written.
 */
export async function prepareOrganisation(plan: OrganisationPlan): Promise<Organisation> {
  const domain = parseDomainName(plan.domain);
  const host = parseDomainName(`ischedule.${domain}`);
  const address = plan.address ?? '127.0.0.1';
  const selector = plan.selector ?? 'lab1';
  const signingKey = await generateKeyPair(plan.algorithm ?? 'rsa-sha256');
  const port = await freePort(address);
  const keyRecord = keyRecordText(signingKey, 'ischedule');
  const known = { domain, host, address, port, selector, signingKey, keyRecord, folder: plan.folder };
  const organisation: Organisation = {
    ...known,
    managementPort: await freePort(address),
    receiverUrl: `https://${host}:${port}${plan.path ?? '/.well-known/ischedule'}`,
    zoneText: zoneText(known, plan.path),
    files: filesIn(plan.folder, selector),
  };
  await writeFiles(organisation, plan);
  return organisation;
}

function filesIn(folder: string, selector: string): OrganisationFiles {
  return {
    config: join(folder, 'isched.toml'),
    certificate: join(folder, 'tls', 'certificate.pem'),
    certificateKey: join(folder, 'tls', 'key.pem'),
    authority: join(folder, 'tls', 'authority.pem'),
    signingKey: join(folder, 'keys', `${selector}.pem`),
    zone: join(folder, 'zone.txt'),
    data: join(folder, 'data'),
  };
}

type Named = Pick<Organisation, 'domain' | 'host' | 'address' | 'port' | 'selector' | 'keyRecord'>;

function zoneText(organisation: Named, path: string | undefined): string {
  const { domain, host, address, port, selector, keyRecord } = organisation;
  const family = address.includes(':') ? 'AAAA' : 'A';
  return [
    '$TTL 300',
    `@ SOA ${host}. hostmaster 1 1h 10m 1d 60`,
    `${host}. ${family} ${address}`,
    `_ischedules._tcp SRV 0 0 ${port} ${host}.`,
    ...(path === undefined ? [] : [`_ischedules._tcp TXT "txtvers=1" "path=${path}"`]),
    `_domainkey_lookup._tcp SRV 0 0 ${port} ${host}.`,
    zoneFileText({ signingDomain: domain, selector }, keyRecord, { ttlSeconds: 300 }),
  ].join('\n');
}

async function writeFiles(organisation: Organisation, plan: OrganisationPlan): Promise<void> {
  const { files, host, domain } = organisation;
  const certificate = await issueCertificate({
    ca: plan.ca,
    dnsNames: [host, domain],
    srvNames: [`_ischedules.${domain}`],
  });
  await mkdir(files.data, { recursive: true });
  await writeText(files.certificate, certificate.certificatePem);
  await writeSecret(files.certificateKey, certificate.keyPem);
  await writeText(files.authority, plan.ca.certificatePem);
  await writeSecret(files.signingKey, formatSigningKey(organisation.signingKey));
  await writeText(files.zone, organisation.zoneText);
  await writeText(files.config, plan.configText(organisation));
}

async function writeText(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

async function writeSecret(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { mode: 0o600 });
  // The mode above counts only where the file is new.
  await chmod(file, 0o600);
}
