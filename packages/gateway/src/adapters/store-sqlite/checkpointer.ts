/* oxlint-disable unicorn/require-post-message-target-origin -- a thread, not a window */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** So many pages (of 4 KiB) not yet carried over set the thread to work. */
const dueAt = 1_000;
/** A log of so many pages is started over. */
const longLog = 4_000;
/** No log grows past this: a disk that can't keep up slows the writer. */
const longestLog = 16_000;

/** What SQLite says of its log, in pages: how many it holds, how many of them were carried over. */
export interface LogState {
  readonly log: number;
  readonly checkpointed: number;
}

/**
 * Keeps the write-ahead log short without waiting for the disk in the main thread. A log starts over only when all of it was
 * carried over, which under steady load never happens by chance. So the bulk is carried over beside the writer, and then,
 * where the log is long, the writer is held back for the small rest. A log that is written over and over also
 * syncs faster than one that grows.
 *
 * @see docs/decisions/0060.
 */
export class Checkpointer {
  readonly #file: string;
  readonly #newThread: (file: string) => Worker;
  #worker: Worker | undefined;
  #running: Promise<void> | undefined;
  #pages = 0;
  #died = false;

  /** @param newThread - starts the thread; given by tests alone. */
  constructor(file: string, newThread: (file: string) => Worker = startThread) {
    this.#file = file;
    this.#newThread = newThread;
  }

  /** Says whether the thread died; then the writer has to carry its log over itself. */
  get died(): boolean {
    return this.#died;
  }

  /** Told the state of the log after each commit. */
  committed(state: LogState): void {
    this.#pages = state.log;
    if (state.log - state.checkpointed >= dueAt && !this.#running) void this.#run();
  }

  /** Asked before each commit: resolves at once, except when the log has to start over. */
  async mayWrite(): Promise<void> {
    if (this.#running && this.#pages >= longestLog) await this.#running;
    if (this.#running || this.#pages < longLog) return;
    await this.#run(); // nobody writes meanwhile: all is carried over, and the next commit starts the log anew
    this.#pages = 0;
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#running;
    const worker = this.#worker;
    if (!worker || this.#died) return;
    const exit = once(worker, 'exit');
    worker.ref();
    worker.postMessage('close');
    await exit;
  }

  #run(): Promise<void> {
    this.#running = this.#ask().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #ask(): Promise<void> {
    const worker = this.#died ? undefined : (this.#worker ??= this.#start());
    if (!worker) return;
    worker.postMessage('checkpoint');
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        worker.off('message', settle).off('exit', settle);
        resolve();
      };
      worker.on('message', settle).on('exit', settle);
    });
  }

  /** A thread that can't be had is one that died: the writer does its work. */
  #start(): Worker | undefined {
    const worker = this.#threadOrNothing();
    if (!worker) this.#died = true;
    worker?.unref();
    return worker?.on('error', () => (this.#died = true)).on('exit', () => (this.#died = true));
  }

  #threadOrNothing(): Worker | undefined {
    try {
      return this.#newThread(this.#file);
    } catch {
      return undefined; // the system gives no more threads, or no memory for one
    }
  }
}

function startThread(file: string): Worker {
  const script = import.meta.url.endsWith('.ts') ? './checkpoint-worker.ts' : './checkpoint-worker.js';
  return new Worker(new URL(script, import.meta.url), { workerData: { file } });
}
