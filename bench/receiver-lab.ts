import { fileURLToPath } from 'node:url';
import {
  createSigner,
  generateKeyPair,
  keyRecordText,
  type SignedMessage,
  type SigningIdentity,
  zoneFileText,
} from '@isched/doseta';
import { ischedule } from '@isched/ischedule';
import {
  createCertificateAuthority,
  createZoneDnsServer,
  type Organisation,
  prepareOrganisation,
  type RunningOrganisation,
  startOrganisation,
} from '@isched/lab';
import { mapLimit, systemClock } from '@isched/runtime';
import { octetsFromLatin1, parseDomainName } from '@isched/values';
import { join } from 'node:path';
import { requestMessage } from './fixtures.ts';

const sender = 'sender.example';
const users = 100;

/** A receiving organisation on loopback, and a sending domain whose key is in DNS. */
export interface ReceiverLab extends AsyncDisposable {
  readonly organisation: Organisation;
  readonly ca: string;
  /** Whole requests, each a message of its own, for one of a hundred users. */
  signedRequests(count: number): Promise<readonly Uint8Array[]>;
}

/** Prepares the lab; the receiver itself is not started. @throws the system's error when a file or port can't be had. */
export async function createReceiverLab(folder: string): Promise<ReceiverLab> {
  const authority = await createCertificateAuthority();
  const dns = await createZoneDnsServer();
  const organisation = await prepareOrganisation({
    domain: 'receiver.example',
    folder: join(folder, 'receiver'),
    ca: authority,
    configText: (known) => configText(known, `${dns.host}:${dns.port}`),
  });
  dns.setZone(organisation.domain, organisation.zoneText);
  const identity = {
    signingDomain: parseDomainName(sender),
    selector: 'bench',
    key: await generateKeyPair('rsa-sha256'),
  };
  const record = keyRecordText(identity.key, ischedule.keyService);
  dns.setZone(sender, `$TTL 3600\n@ SOA ns hostmaster 1 1h 10m 1d 60\n${zoneFileText(identity, record)}`);
  let made = 0;
  return {
    organisation,
    ca: authority.certificatePem,
    signedRequests(count) {
      const first = made;
      made += count;
      return mapLimit(
        Array.from({ length: count }, (_, index) => first + index),
        16,
        (index) => signedRequest(index, identity, organisation.host),
      );
    },
    [Symbol.asyncDispose]: () => dns[Symbol.asyncDispose](),
  };
}

/** Runs `isched serve` for the lab's organisation. @throws ChildFailed. */
export function startReceiver(organisation: Organisation): Promise<RunningOrganisation> {
  const program = fileURLToPath(new URL('../packages/gateway/bin/isched.js', import.meta.url));
  return startOrganisation(organisation, {
    command: process.execPath,
    args: ['--expose-gc', program, 'serve', '--config', organisation.files.config],
    readyUrl: `http://${organisation.address}:${organisation.managementPort}/healthz/ready`,
  });
}

async function signedRequest(index: number, identity: SigningIdentity, host: string): Promise<Uint8Array> {
  const message = requestMessage(`${index}@bench`, `alice@${sender}`, `user${index % users}@receiver.example`);
  const signature = await createSigner({ template: ischedule, clock: systemClock }, { lifetimeSeconds: 86_400 }).sign(
    message,
    identity,
  );
  return wholeRequest(
    { ...message, fields: [...message.fields.filter((field) => field.name !== 'Host'), signature] },
    host,
  );
}

function wholeRequest({ fields, content }: SignedMessage, host: string): Uint8Array {
  const lines = [
    'POST /.well-known/ischedule HTTP/1.1',
    `Host: ${host}`,
    ...fields.map(({ name, value }) => `${name}:${value.startsWith(' ') ? '' : ' '}${value}`),
    `Content-Length: ${content.length}`,
    '',
    '',
  ];
  return Buffer.concat([octetsFromLatin1(lines.join('\r\n')), content]);
}

function configText(
  { domain, address, port, managementPort, selector, files }: Organisation,
  dnsServer: string,
): string {
  const everybody = Array.from(
    { length: users },
    (_, index) => `[[users]]\naddress = "mailto:user${index}@${domain}"\n`,
  );
  return `
data = ${JSON.stringify(files.data)}
[https]
address = "${address}:${port}"
certificate_file = ${JSON.stringify(files.certificate)}
key_file = ${JSON.stringify(files.certificateKey)}
[management]
address = "${address}:${managementPort}"
[[domains]]
name = "${domain}"
[[domains.keys]]
selector = "${selector}"
file = ${JSON.stringify(files.signingKey)}
[network]
dns_servers = ["${dnsServer}"]
[log]
level = "warn"
${everybody.join('')}`;
}
