/* oxlint-disable unicorn/require-post-message-target-origin -- a thread, not a window */
/**
 * A thread of its own that carries the write-ahead log over into the database file: it waits for the disk twice, and the
 * main thread must not. It answers when it is done.
 */
import { parentPort, workerData } from 'node:worker_threads';
import Sqlite from 'better-sqlite3';

const { file } = workerData as { readonly file: string };
const database = new Sqlite(file, { fileMustExist: true });
database.pragma('synchronous = NORMAL');
database.pragma('cache_size = -256');

parentPort?.on('message', (message: 'checkpoint' | 'close') => {
  if (message === 'close') {
    database.close();
    parentPort?.close();
    return;
  }
  checkpoint();
  parentPort?.postMessage('done');
});

function checkpoint(): void {
  try {
    database.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // Tried again when more was written; until then the log keeps what it has.
  }
}
