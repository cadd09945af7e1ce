import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort, type LabPostgres, type RunningChild, startChild, startPostgres } from '@isched/lab';
import { FetchError } from '@isched/runtime';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityOf, post, signedRequest } from '../../src/cli/commands/demo/forgeries.ts';
import { alice, bob, invitation } from '../../src/cli/commands/demo/messages.ts';
import { createWorld, type Party, type World } from '../../src/cli/commands/demo/world.ts';
import { createNetwork, type Network } from '../../src/server/network.ts';

const program = fileURLToPath(new URL('../../bin/isched.js', import.meta.url));

/** A node of beta's: where it listens, and its process. */
interface Node {
  readonly party: Party;
  readonly process: RunningChild;
}

describe('two nodes of one organisation on one PostgreSQL', () => {
  let world: World;
  let postgres: LabPostgres;
  let alpha: Party;
  let beta: Party;
  let network: Network;
  let one: Node;
  let two: Node;
  let counter = 0;

  beforeAll(async () => {
    [world, postgres] = await Promise.all([createWorld(), startPostgres({ durable: true })]);
    alpha = await world.start('alpha.example', { address: alice, name: 'Alice', timeZone: 'Europe/Berlin' });
    beta = await world.start('beta.example', { address: bob, name: 'Bob', timeZone: 'UTC' });
    [one, two] = await Promise.all([startNode('one'), startNode('two')]);
    network = createNetwork({
      dnsServers: [{ host: world.dns.host, port: world.dns.port }],
      ca: world.authority.certificatePem,
      allowAddresses: ['127.0.0.0/8'],
      timeoutMs: 20_000,
    });
  }, 90_000);
  afterAll(async () => {
    await network?.[Symbol.asyncDispose]();
    await Promise.all([one, two].map((node) => node?.process.stop()));
    await world?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  async function startNode(name: string): Promise<Node> {
    const folder = join(world.folder, name);
    await mkdir(folder);
    const [port, management] = [await freePort(), await freePort()];
    const child = await startChild({
      command: process.execPath,
      args: [program, 'serve', '--config', beta.organisation.files.config],
      readyUrl: `http://127.0.0.1:${management}/healthz/ready`,
      environment: {
        ISCHED_DATA: folder,
        ISCHED_HTTPS__ADDRESS: `127.0.0.1:${port}`,
        ISCHED_MANAGEMENT__ADDRESS: `127.0.0.1:${management}`,
        ISCHED_STORE__TYPE: 'postgres',
        ISCHED_STORE__URL: postgres.url,
      },
    });
    const receiverUrl = `https://${beta.organisation.host}:${port}/.well-known/ischedule`;
    return { party: { ...beta, organisation: { ...beta.organisation, receiverUrl } }, process: child };
  }

  const request = (uid: string) =>
    signedRequest(
      {
        originator: alice,
        recipient: bob,
        text: invitation({
          uid,
          stamp: '20261123T000000Z',
          sequence: 0,
          start: '20300101T100000Z',
          end: '20300101T110000Z',
        }),
      },
      { identity: identityOf(alpha) },
    );

  async function ask<Row extends object>(sql: string): Promise<readonly Row[]> {
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  it('have one effect and one answer for fifty copies at once', async () => {
    const copy = await request('copies@nodes.example');
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, index) => post(copy, (index % 2 ? one : two).party, network)),
    );
    expect(new Set(verdicts.map(({ httpStatus, requestStatus }) => `${httpStatus} ${requestStatus}`))).toEqual(
      new Set(['200 2.0;Success']),
    );
    const decisions = await ask<{ reason: string }>(
      "SELECT reason FROM decisions WHERE uid = 'copies@nodes.example' AND direction = 'inbound'",
    );
    expect(decisions).toHaveLength(50);
    expect(decisions.filter(({ reason }) => reason !== 'repeated')).toHaveLength(1);
    expect(await ask("SELECT uid FROM objects WHERE uid = 'copies@nodes.example'")).toHaveLength(1);
  }, 60_000);

  it('keep every acknowledged message, once, while one of them is killed', async () => {
    const acknowledged: string[] = [];
    const load = { running: true };
    const send = async (): Promise<void> => {
      while (load.running) {
        const uid = `${counter++}@nodes.example`;
        const message = await request(uid);
        // To both at once, as a peer does that heard no answer.
        const verdicts = await Promise.all([one, two].map((node) => attempt(message, node)));
        if (verdicts.some((verdict) => verdict?.requestStatus?.startsWith('2.0'))) acknowledged.push(uid);
      }
    };
    const attempt = (message: Awaited<ReturnType<typeof request>>, node: Node) =>
      post(message, node.party, network).catch((error: unknown) => {
        if (error instanceof FetchError) return undefined; // cut off: never acknowledged
        throw error;
      });
    const loads = Array.from({ length: 6 }, send);
    await delay(600);
    await two.process.kill();
    await delay(600);
    load.running = false;
    await Promise.all(loads);
    const stored = (await ask<{ uid: string }>('SELECT uid FROM objects')).map(({ uid }) => uid);
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(acknowledged.filter((uid) => !stored.includes(uid))).toEqual([]);
    const effects = await ask<{ uid: string; effects: string }>(
      `SELECT uid, count(*) AS effects FROM decisions
       WHERE direction = 'inbound' AND reason <> 'repeated' GROUP BY uid HAVING count(*) > 1`,
    );
    expect(effects).toEqual([]);
  }, 60_000);

  it('answer 503 and when to come again while the database is away, and 200 when it is back', async () => {
    const message = await request('away@nodes.example');
    await postgres.stop();
    const { receiverUrl } = one.party.organisation;
    const refused = await network.fetch({ method: 'POST', url: receiverUrl, ...message });
    expect(refused.status).toBe(503);
    expect(refused.fields.map((field) => field.name.toLowerCase())).toContain('retry-after');
    await postgres.start();
    expect(await post(message, one.party, network)).toMatchObject({ httpStatus: 200, requestStatus: '2.0;Success' });
  }, 60_000);
});
