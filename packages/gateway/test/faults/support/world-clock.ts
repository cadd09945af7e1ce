import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Clock, systemClock } from '@isched/runtime';
import { epochMs } from '@isched/values';

/** The machine's clock, set to another time, for this process and for those that are started with its environment. */
export interface WorldClock extends Clock, Disposable {
  /** Sets it on. Milliseconds. */
  shift(ms: number): void;
  readonly environment: Readonly<Record<string, string>>;
}

/** @param folder - where the difference is written down, for the others to read. */
export function createWorldClock(folder: string): WorldClock {
  const file = join(folder, 'clock');
  const descriptor = openSync(file, 'w');
  const difference = new BigInt64Array(1);
  const write = (): void => void writeSync(descriptor, difference, 0, 8, 0);
  write();
  return {
    now: () => epochMs(systemClock.now() + Number(difference[0])),
    after: (ms, ring) => systemClock.after(ms, ring),
    sleep: (ms, options) => systemClock.sleep(ms, options),
    shift(ms) {
      difference[0] = (difference[0] ?? 0n) + BigInt(Math.round(ms));
      write();
    },
    environment: {
      ISCHED_TEST_CLOCK: file,
      NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'shifted-clock.ts')).href}`,
    },
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}
