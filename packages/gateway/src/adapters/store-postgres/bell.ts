import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { Bell } from '../../ports/bell.ts';

const channel = 'isched_queue';
/** Rings within this time are one. Milliseconds. */
const gatherMs = 10;
/** After the connection broke. Milliseconds. */
const againMs = 1_000;

/**
 * A bell by LISTEN and NOTIFY, on a connection of its own. It is rung after the commit, not in it: a transaction that
 * notifies holds, while it waits for the disk, a lock that all others that notify wait for.
 */
export class PostgresBell implements Bell {
  readonly #url: string;
  /** Our own rings come back to us. */
  readonly #self = randomUUID();
  readonly #listeners: (() => void)[] = [];
  #client: Client | undefined;
  #connecting: Promise<void>;
  #ringing: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(url: string) {
    this.#url = url;
    this.#connecting = this.#connect();
  }

  ring(): void {
    this.#ringing ??= setTimeout(() => {
      this.#ringing = undefined;
      this.#client?.query('SELECT pg_notify($1, $2)', [channel, this.#self]).catch(() => undefined);
    }, gatherMs).unref();
  }

  onRing(heard: () => void): void {
    this.#listeners.push(heard);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#ringing);
    clearTimeout(this.#again);
    await this.#connecting;
    await this.#client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = new Client({
      connectionString: this.#url,
      application_name: 'isched bell',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => undefined); // `end` follows
    client.on('end', () => this.#connectLater(client));
    client.on('notification', ({ payload }) => {
      if (payload !== this.#self) this.#heard();
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      this.#client = client;
      this.#heard(); // whatever was rung meanwhile
    } catch {
      await client.end().catch(() => undefined);
      this.#connectLater(client);
    }
  }

  #connectLater(client: Client): void {
    if (this.#client === client) this.#client = undefined;
    if (this.#closed || this.#again) return;
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.#connecting = this.#connect();
    }, againMs).unref();
  }

  #heard(): void {
    for (const heard of this.#listeners) heard();
  }
}
