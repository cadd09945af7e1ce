import { once } from 'node:events';
import type { Config } from '../../../server/config/schema.ts';
import { createNetwork } from '../../../server/network.ts';
import type { AddCommand } from '../../main.ts';
import { exitCode, type Terminal } from '../../output.ts';
import { alice, bob, carol } from './messages.ts';
import { createNarrator, mustBe, type Narrator } from './narrator.ts';
import { type Cast, tellStory } from './story.ts';
import { createWorld, type Party, type World } from './world.ts';

/** `isched demo [--keep]` */
export const demoCommand: AddCommand = (program, terminal, done) => {
  program
    .command('demo')
    .description('Three organisations on this machine schedule with each other: watch what happens.')
    .option('--keep', 'leave them running until Ctrl-C, and print what to try')
    .action(async ({ keep }: { readonly keep?: true }) => {
      const narrator = createNarrator(terminal);
      await using world = await createWorld();
      const parties = await startParties(narrator, world);
      if (parties) await play({ narrator, world, ...parties }, terminal, keep === true);
      done(narrator.failed === 0 ? exitCode.fine : exitCode.foundErrors);
    });
};

type Parties = Pick<Cast, 'alpha' | 'beta' | 'gamma'>;

async function startParties(narrator: Narrator, world: World): Promise<Parties | undefined> {
  narrator.chapter('Three organisations on this machine');
  return narrator.step('Each starts its gateway: own domain, zone, signing key, certificate and database', async () => {
    const [alpha, beta, gamma] = await Promise.all([
      world.start('alpha.example', { address: alice, name: 'Alice', timeZone: 'Europe/Berlin' }),
      world.start('beta.example', { address: bob, name: 'Bob', timeZone: 'America/New_York' }),
      world.start('gamma.example', { address: carol, name: 'Carol', timeZone: 'Asia/Tokyo' }),
    ]);
    mustBe(alpha !== undefined && beta !== undefined && gamma !== undefined, 'not all of them started');
    const parties = { alpha, beta, gamma };
    return { value: parties, lines: Object.values(parties).map(describeParty) };
  });
}

function describeParty({ organisation, process }: Party): string {
  return `${organisation.domain}: process ${process.pid}, ${organisation.receiverUrl}`;
}

async function play(cast: Omit<Cast, 'network'>, terminal: Terminal, keep: boolean): Promise<void> {
  await using network = createNetwork(networkOf(cast.alpha.config, cast.world));
  await tellStory({ ...cast, network });
  terminal.out(`\n${summary(cast.narrator)}\n`);
  if (!keep) return;
  terminal.out(whatToTry(cast));
  await untilInterrupted();
}

function networkOf(config: Config, world: World): Parameters<typeof createNetwork>[0] {
  return {
    dnsServers: config.network.dns_servers,
    ca: world.authority.certificatePem,
    allowAddresses: config.network.allow_addresses,
  };
}

function summary({ passed, failed }: Narrator): string {
  return failed === 0
    ? `All ${passed} steps went as they should.`
    : `${failed} of ${passed + failed} steps went another way.`;
}

function whatToTry({ world, alpha, beta }: Omit<Cast, 'network'>): string {
  const flags = `--dns ${world.dns.host}:${world.dns.port} --ca ${alpha.organisation.files.authority} --allow-address 127.0.0.0/8`;
  const config = alpha.organisation.files.config;
  const day = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
  return [
    '',
    'They keep running until Ctrl-C. Try, in another terminal:',
    '',
    `  npx isched discover ${bob} ${flags}`,
    `  npx isched capabilities ${beta.organisation.domain} ${flags}`,
    `  npx isched free-busy ${bob} ${carol} --from ${day}T00:00:00Z --to ${day}T23:00:00Z --config ${config}`,
    `  npx isched config print --config ${config}`,
    '',
  ].join('\n');
}

async function untilInterrupted(): Promise<void> {
  const stop = new AbortController();
  await Promise.race(['SIGINT', 'SIGTERM'].map((name) => once(process, name, { signal: stop.signal })));
  stop.abort();
}
