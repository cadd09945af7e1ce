import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, type Organisation, type RunningChild, startChild } from '@isched/lab';
import { type GatewayClient, reachGateway } from '../../../src/cli/gateway-client.ts';
import { loadConfig } from '../../../src/server/config/load.ts';
import type { QueuedDelivery } from 'isched';
import type { FaultName } from './tally.ts';

const program = fileURLToPath(new URL('../../../bin/isched.js', import.meta.url));

export interface NodePlan {
  readonly name: string;
  readonly organisation: Organisation;
  readonly roles: readonly ('receiver' | 'worker' | 'admin')[];
  /** What it is called to kill it. */
  readonly fault: FaultName;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it listens where the organisation's zone says. Default: elsewhere. */
  readonly isPublic?: boolean | undefined;
}

/** One node of an organisation: `isched serve` as a process of its own, killed and started as the test likes. */
export class TestNode implements AsyncDisposable {
  readonly plan: NodePlan;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #managementPort: number;
  #child: RunningChild | undefined;
  #client: GatewayClient | undefined;

  private constructor(plan: NodePlan, managementPort: number, environment: Readonly<Record<string, string>>) {
    this.plan = plan;
    this.#managementPort = managementPort;
    this.#environment = environment;
  }

  /** Prepares a node, which then has to be started. */
  static async prepare(plan: NodePlan): Promise<TestNode> {
    const { organisation, name, isPublic } = plan;
    const data = join(organisation.folder, name);
    await mkdir(data, { recursive: true });
    const managementPort = await freePort();
    const port = isPublic ? organisation.port : await freePort();
    return new TestNode(plan, managementPort, {
      ...plan.environment,
      ISCHED_DATA: data,
      ISCHED_HTTPS__ADDRESS: `127.0.0.1:${port}`,
      ISCHED_MANAGEMENT__ADDRESS: `127.0.0.1:${managementPort}`,
    });
  }

  get isUp(): boolean {
    return this.#child !== undefined;
  }

  get pid(): number {
    return this.#running.pid;
  }

  /** The folder of its data. */
  get data(): string {
    return this.#environment['ISCHED_DATA'] ?? '';
  }

  /** Reaches its management listener, also while it is down: then requests fail. */
  get client(): GatewayClient {
    if (!this.#client) throw new Error(`${this.plan.name} was never up`);
    return this.#client;
  }

  /** @param signal - kills it while it starts. @throws the signal's reason; ChildFailed. */
  async start(signal?: AbortSignal): Promise<void> {
    const { organisation, roles } = this.plan;
    this.#child = await startChild(
      {
        command: process.execPath,
        args: [program, 'serve', '--config', organisation.files.config, ...roles.flatMap((role) => ['--role', role])],
        readyUrl: `http://127.0.0.1:${this.#managementPort}/healthz/ready`,
        readyTimeoutMs: 60_000,
        environment: this.#environment,
      },
      signal ? { signal } : {},
    );
    this.#client ??= await reachGateway(loadConfig(organisation.files.config, this.#environment));
  }

  async pending(): Promise<readonly QueuedDelivery[]> {
    return (await this.client.queue({ state: ['waiting', 'leased'] }, { limit: 1_000 })).deliveries;
  }

  /** An action on nothing rings all the same. */
  async ring(): Promise<void> {
    await this.client.act({ action: 'hold', filter: { uid: 'nobody’s' } });
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#running;
    this.#child = undefined;
    await child.kill();
  }

  /** SIGTERM: it ends by itself when nothing is left to wait for. @throws Error with its last words when it does not. */
  async stop(): Promise<void> {
    const child = this.#running;
    this.#child = undefined;
    const { code, signal } = await child.stop(15_000);
    if (code !== 0)
      throw new Error(`${this.plan.name} ended with ${signal ?? code}:\n${child.lines().slice(-5).join('\n')}`);
  }

  /** Connections over TCP that stand, from peers and to them; not those that the test itself manages it by. */
  connections(): number {
    return tcpConnections(this.pid, { except: this.#managementPort });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.kill();
  }

  get #running(): RunningChild {
    if (!this.#child) throw new Error(`${this.plan.name} is not up`);
    return this.#child;
  }
}

const established = '01';

/** By the sockets among a process's descriptors, looked up in the system's table. */
function tcpConnections(pid: number, { except }: { readonly except: number }): number {
  const table = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/${pid}/net/${name}`, 'utf8').split('\n').slice(1),
  );
  const rows = table.map((line) => line.trim().split(/\s+/));
  const isPeers = (localAddress = ''): boolean => Number.parseInt(localAddress.split(':')[1] ?? '', 16) !== except;
  const standing = new Set(rows.flatMap((row) => (row[3] === established && isPeers(row[1]) ? [row[9]] : [])));
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((name) => standing.has(/^socket:\[(\d+)\]$/.exec(linkOf(join(folder, name)))?.[1]))
    .length;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // closed meanwhile
  }
}
