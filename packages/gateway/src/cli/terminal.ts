import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { systemCode, systemReason } from '@isched/runtime';
import type { Octets } from '@isched/values';
import { type Terminal, UsageError } from './output.ts';

/** The terminal this process runs in. @throws nothing. */
export function processTerminal(): Terminal {
  // Whoever reads our output may have read enough, as `head` has.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', leaveQuietly);
  return {
    out: (text) => void process.stdout.write(text),
    write: (octets) => void process.stdout.write(octets),
    error: (text) => void process.stderr.write(text),
    input: () => buffer(process.stdin),
    environment: process.env,
    colour: process.stdout.isTTY && !process.env['NO_COLOR'],
  };
}

function leaveQuietly(error: Error): void {
  if (systemCode(error) !== 'EPIPE') throw error;
}

/**
 * The octets of a file, or of standard input for `-`.
 *
 * @throws UsageError when the file can't be read.
 */
export async function readInput(path: string, terminal: Terminal): Promise<Octets> {
  if (path === '-') return terminal.input();
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`${path} can't be read: ${systemReason(error)}`, { cause: error });
  }
}

/**
 * The text of a file, or of standard input for `-`.
 *
 * @throws UsageError when the file can't be read, or is no UTF-8.
 */
export async function readTextInput(path: string, terminal: Terminal): Promise<string> {
  const octets = await readInput(path, terminal);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch (error) {
    throw new UsageError(`${path} is no UTF-8`, { cause: error });
  }
}
