import { hash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { calAddressKey, parseCalAddress, parseCalendar } from '@isched/icalendar';
import { readItipMessage } from '@isched/itip';
import type { LabPostgres } from '@isched/lab';
import { systemClock } from '@isched/runtime';
import { parseDomainName } from '@isched/values';
import { openPostgresStore } from 'isched';
import { Client } from 'pg';
import { createDeliverInbound } from '../../packages/gateway/src/inbound/deliver.ts';
import { requestText } from '../fixtures.ts';
import { median } from '../harness.ts';
import { drive } from '../load.ts';
import { type Node, nodesCpu, type Scene, startNode, type Turn, takeTurn } from '../nodes.ts';
import type { ReceiverLab } from '../receiver-lab.ts';
import { measureOutbound } from './measure-outbound.ts';
import type { Costs } from './model.ts';
import { type Asked, countStatements } from './statements.ts';

/** What was found, and what it was found on. */
export interface Measured {
  readonly costs: Costs;
  readonly receive: { readonly statements: number; readonly logOctets: number };
  readonly submit: { readonly statements: number };
  /** One node and two, as `bench -- nodes` measures them. */
  readonly turns: { readonly one: readonly Turn[]; readonly two: readonly Turn[] };
}

const messagesPerTurn = 300;
const greetings = 160;
const countedMessages = 20;

/** Measures what everything costs, on a PostgreSQL of its own. @throws ChildFailed; when a message is not taken. */
export async function measureCosts(
  { lab, postgres }: { readonly lab: ReceiverLab; readonly postgres: LabPostgres },
  folder: string,
): Promise<Measured> {
  const start = async (name: string): Promise<Node> => startNode({ lab, postgres, folder: join(folder, name) });
  await mkdir(folder, { recursive: true });
  const [one, two] = await Promise.all([start('node-1'), start('node-2')]);
  await using running = new AsyncDisposableStack();
  running.use(one);
  running.use(two);
  const inbound = await measureInbound({ lab, postgres, nodes: [one, two] });
  const flushMs = await measureFlush(postgres);
  const outbound = await measureOutbound(postgres);
  const { handshakeMs, receive, ...found } = inbound;
  return {
    costs: { receive, handshakeMs, flushMs, ...outbound.costs },
    receive: found.extent,
    submit: { statements: outbound.statements },
    turns: found.turns,
  };
}

async function measureInbound(scene: Scene) {
  const { lab, postgres } = scene;
  const [one] = scene.nodes as [Node];
  await takeTurn(scene, scene.nodes, messagesPerTurn); // the warm-up
  const before = await logPosition(postgres);
  const turns = { one: [] as Turn[], two: [] as Turn[] };
  for (let round = 0; round < 2; round++) {
    turns.one.push(await takeTurn(scene, [one], messagesPerTurn));
    turns.two.push(await takeTurn(scene, scene.nodes, messagesPerTurn));
  }
  const logOctets = ((await logPosition(postgres)) - before) / (4 * messagesPerTurn);
  const each = (part: (turn: Turn) => number): number => median(turns.one.map((turn) => part(turn) / turn.messages));
  const nodeMs = each((turn) => turn.nodeMs);
  const handshakeMs = Math.max(0, (await greetAnew(lab, one)) - nodeMs);
  const asked = await countInbound(postgres);
  return {
    receive: { nodeMs, databaseMs: each((turn) => turn.databaseMs), roundTrips: asked.roundTrips },
    handshakeMs,
    extent: { statements: asked.statements, logOctets },
    turns,
  };
}

/** The node's CPU for a message on a connection of its own. */
async function greetAnew(lab: ReceiverLab, node: Node): Promise<number> {
  const requests = (await lab.signedRequests(greetings)).values();
  const before = nodesCpu([node]);
  for (let round = 0; round < greetings / 16; round++) {
    let left = 16;
    const next = (): Uint8Array | undefined => (left-- > 0 ? requests.next().value : undefined);
    const { port } = node;
    await drive({ port, serverName: lab.organisation.host, ca: lab.ca, next, seconds: 30, connections: 16 });
  }
  return (nodesCpu([node]) - before) / greetings;
}

/** The same message into the same store, in this process: how often it is asked. */
async function countInbound(postgres: LabPostgres): Promise<Asked> {
  await using store = await openPostgresStore({ url: postgres.url });
  const deliver = createDeliverInbound({ store, clock: systemClock });
  const originator = parseCalAddress('mailto:alice@sender.example');
  const address = parseCalAddress('mailto:user1@receiver.example');
  const by = parseDomainName('sender.example');
  const receive = async (index: number): Promise<void> => {
    const text = requestText(`counted-${index}`, 'alice@sender.example', 'user1@receiver.example');
    const itip = readItipMessage(parseCalendar(text));
    const signed = { by, contentHash: hash('sha256', text, 'base64url') };
    const recipients = [{ address, key: calAddressKey(address) }];
    await deliver({ itip, originator, recipients, octets: text.length, signed });
  };
  await receive(-1); // prepares the statements
  const asked = await countStatements(async () => {
    for (let index = 0; index < countedMessages; index++) await receive(index);
  });
  return { statements: asked.statements / countedMessages, roundTrips: asked.roundTrips / countedMessages };
}

async function logPosition(postgres: LabPostgres): Promise<number> {
  return Number(await askOnce(postgres, "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn AS answer"));
}

async function askOnce(postgres: LabPostgres, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  try {
    return (await client.query<{ answer: unknown }>(sql)).rows[0]?.answer;
  } finally {
    await client.end();
  }
}

/** How long a commit takes that waits for the disk, less one that does not. */
async function measureFlush(postgres: LabPostgres): Promise<number> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  try {
    await client.query('CREATE TABLE flushed (number integer)');
    const times = async (setting: 'on' | 'off'): Promise<number> => {
      await client.query(`SET synchronous_commit = ${setting}`);
      const found: number[] = [];
      for (let round = 0; round < 150; round++) {
        const start = performance.now();
        await client.query('INSERT INTO flushed VALUES (1)');
        found.push(performance.now() - start);
      }
      return median(found);
    };
    return Math.max(0.05, (await times('on')) - (await times('off')));
  } finally {
    await client.end();
  }
}
