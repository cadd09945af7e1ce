import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  createZoneDnsServer,
  type Organisation,
  prepareOrganisation,
  type RunningOrganisation,
  startOrganisation,
  type ZoneDnsServer,
} from '@isched/lab';
import { loadConfig } from '../../../server/config/load.ts';
import type { Config } from '../../../server/config/schema.ts';
import { type GatewayClient, reachGateway } from '../../gateway-client.ts';
import { mustBe } from './narrator.ts';

/** One organisation of the story, its gateway running as a process of its own. */
export interface Party {
  readonly organisation: Organisation;
  readonly process: RunningOrganisation;
  readonly config: Config;
  readonly client: GatewayClient;
}

/** Names, certificates and folders that exist nowhere else. */
export interface World extends AsyncDisposable {
  readonly folder: string;
  readonly dns: ZoneDnsServer;
  readonly authority: CertificateAuthority;
  /** Starts an organisation with one user. */
  start(
    domain: string,
    user: { readonly address: string; readonly name: string; readonly timeZone: string },
  ): Promise<Party>;
}

const program = fileURLToPath(new URL('../../../../bin/isched.js', import.meta.url));

/**
 * Makes an empty world on loopback. Disposing of it stops its organisations and takes its folder away.
 *
 * @throws the system's error when no folder or port can be had.
 */
export async function createWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'isched-demo-'));
  const dns = await createZoneDnsServer();
  const authority = await createCertificateAuthority({ name: 'isched demo' });
  const parties: Party[] = [];
  return {
    folder,
    dns,
    authority,
    async start(domain, user) {
      const organisation = await prepareOrganisation({
        domain,
        folder: join(folder, domain),
        ca: authority,
        configText: (known) => configText(known, { dns, ...user }),
      });
      dns.setZone(domain, organisation.zoneText);
      const process = await runGateway(organisation);
      const config = loadConfig(organisation.files.config, {});
      const client = await reachGateway(config);
      mustBe(client !== undefined, `the gateway of ${domain} does not answer on ${organisation.managementPort}`);
      const party = { organisation, process, config, client };
      parties.push(party);
      return party;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(parties.map((party) => party.process.stop()));
      await dns[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs `isched serve` with an organisation's configuration. @throws ChildFailed when it is not ready in time. */
export function runGateway(organisation: Organisation): Promise<RunningOrganisation> {
  return startOrganisation(organisation, {
    command: process.execPath,
    args: [program, 'serve', '--config', organisation.files.config],
    readyUrl: `http://${organisation.address}:${organisation.managementPort}/healthz/ready`,
  });
}

function configText(
  { domain, address, port, managementPort, selector, files }: Organisation,
  {
    dns,
    ...user
  }: { readonly dns: ZoneDnsServer; readonly address: string; readonly name: string; readonly timeZone: string },
): string {
  return `# Made by isched demo.
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

[[users]]
address = "${user.address}"
name = "${user.name}"
time_zone = "${user.timeZone}"

[receiver]
administrator = "mailto:postmaster@${domain}"

# This world's own name server and certificates, on loopback.
[network]
dns_servers = ["${dns.host}:${dns.port}"]
ca_file = ${JSON.stringify(files.authority)}
allow_addresses = ["127.0.0.0/8"]
`;
}
