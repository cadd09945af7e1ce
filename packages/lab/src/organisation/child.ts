import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Abortable } from '@isched/values';

/** A program to start, and how it says that it is ready. */
export interface ChildPlan {
  readonly command: string;
  readonly args: readonly string[];
  /** Ready when it has written a line like this, to either output, … */
  readonly readyLine?: RegExp | undefined;
  /** … and when this `http:` URL answers 200. */
  readonly readyUrl?: string | undefined;
  /** How long it may take to be ready. Milliseconds. Default 30000. */
  readonly readyTimeoutMs?: number | undefined;
  readonly folder?: string | undefined;
  /** Beside what this process has. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Gets each line it writes. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** How a program ended. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that was ready. Disposing of it stops it. */
export interface RunningChild extends AsyncDisposable {
  readonly pid: number;
  readonly exited: Promise<ChildExit>;
  /** The last lines it wrote, to either output. */
  lines(): readonly string[];
  /** SIGTERM; SIGKILL when it has not ended in time. Milliseconds, default 10000. */
  stop(graceMs?: number): Promise<ChildExit>;
  /** SIGKILL: as if the power went. */
  kill(): Promise<ChildExit>;
}

/** The program ended, or was not ready in time. */
export class ChildFailed extends Error {
  override readonly name = 'ChildFailed';
  readonly code = 'child-failed';
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

const keptLines = 200;
const pollMs = 50;

/**
 * Starts a program and waits until it is ready.
 *
 * @throws ChildFailed, with its last lines, when it ends first or takes too long; the signal's reason. It has ended by then.
 */
export async function startChild(plan: ChildPlan, options: Abortable = {}): Promise<RunningChild> {
  options.signal?.throwIfAborted();
  const child = spawn(plan.command, plan.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: plan.folder,
    env: { ...process.env, ...plan.environment },
  });
  const output = followOutput(child, plan);
  const running = runningChild(child, output.lines);
  const stopWaiting = new AbortController();
  const limits = [stopWaiting.signal, AbortSignal.timeout(plan.readyTimeoutMs ?? 30_000)];
  const signal = AbortSignal.any(options.signal ? [...limits, options.signal] : limits);
  try {
    await Promise.race([allReady(plan, output.readyLine, signal), endedEarly(running), abortOf(signal)]);
    return running;
  } catch (error) {
    await running.kill();
    options.signal?.throwIfAborted();
    const last = output.lines.slice(-20).join('\n');
    throw new ChildFailed(`${plan.command} was not ready:\n${last}`, { cause: error });
  } finally {
    stopWaiting.abort();
  }
}

interface Output {
  readonly lines: string[];
  readonly readyLine: Promise<void>;
}

function followOutput(child: Child, plan: ChildPlan): Output {
  const lines: string[] = [];
  const ready = Promise.withResolvers<void>();
  const onLine = (line: string): void => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    plan.onLine?.(line);
    if (plan.readyLine?.test(line)) ready.resolve();
  };
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', onLine);
  if (!plan.readyLine) ready.resolve();
  return { lines, readyLine: ready.promise };
}

function runningChild(child: Child, lines: readonly string[]): RunningChild {
  const ended = Promise.withResolvers<ChildExit>();
  child.once('error', () => ended.resolve({ code: null, signal: null }));
  child.once('close', (code, signal) => ended.resolve({ code, signal }));
  const kill = (): Promise<ChildExit> => {
    child.kill('SIGKILL');
    return ended.promise;
  };
  const stop = async (graceMs = 10_000): Promise<ChildExit> => {
    child.kill('SIGTERM');
    const waited = new AbortController();
    const tooLong = delay(graceMs, undefined, { signal: waited.signal }).then(kill, () => ended.promise);
    const exit = await Promise.race([ended.promise, tooLong]);
    waited.abort();
    return exit;
  };
  return {
    pid: child.pid ?? 0,
    exited: ended.promise,
    lines: () => [...lines],
    stop,
    kill,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

async function allReady(plan: ChildPlan, readyLine: Promise<void>, signal: AbortSignal): Promise<void> {
  await readyLine;
  while (plan.readyUrl !== undefined && (await statusOf(plan.readyUrl, signal)) !== 200) {
    await delay(pollMs, undefined, { signal });
  }
}

async function endedEarly(running: RunningChild): Promise<never> {
  const { code, signal } = await running.exited;
  throw new Error(`it ended with ${signal ?? `code ${code}`}`);
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** The status of an answer; nothing while nobody answers. */
function statusOf(url: string, signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { signal, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once('error', () => resolve(undefined));
  });
}
