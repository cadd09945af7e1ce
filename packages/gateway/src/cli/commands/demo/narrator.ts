import { performance } from 'node:perf_hooks';
import type { Terminal } from '../../output.ts';

/** Tells a story step by step, each with its time, and remembers what went another way. */
export interface Narrator {
  /** A headline. */
  chapter(title: string): void;
  /**
   * One step: says what is done, how long it took, and what came of it, in as many lines as the work answers.
   * A step that throws is told as failed, and the story goes on.
   */
  step<T>(title: string, work: () => Promise<Told<T>>): Promise<T | undefined>;
  readonly failed: number;
  readonly passed: number;
}

/** What a step's work answers: a value for the next steps, and what to tell. */
export interface Told<T> {
  readonly value: T;
  readonly lines: readonly string[];
}

/** Something did not go as the story says it must. */
export class StoryBroken extends Error {
  override readonly name = 'StoryBroken';
}

/**
 * Breaks the story unless something holds.
 *
 * @throws StoryBroken when it does not.
 */
export function mustBe(holds: boolean, what: string): asserts holds {
  if (!holds) throw new StoryBroken(what);
}

/** A narrator on a terminal. @throws nothing. */
export function createNarrator(terminal: Terminal): Narrator {
  const paint = (code: number, text: string): string => (terminal.colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  let passed = 0;
  let failed = 0;
  return {
    get passed() {
      return passed;
    },
    get failed() {
      return failed;
    },
    chapter: (title) => terminal.out(`\n${paint(1, title)}\n`),
    async step(title, work) {
      const start = performance.now();
      try {
        const { value, lines } = await work();
        passed++;
        terminal.out(`  ${paint(32, '✓')} ${title} ${paint(2, elapsed(start))}\n${indented(lines)}`);
        return value;
      } catch (error) {
        failed++;
        terminal.out(`  ${paint(31, '✗')} ${title} ${paint(2, elapsed(start))}\n${indented([describe(error)])}`);
        return undefined;
      }
    },
  };
}

function elapsed(start: number): string {
  return `(${(performance.now() - start).toFixed(0)} ms)`;
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `      ${line}\n`).join('');
}

function describe(error: unknown): string {
  if (error instanceof StoryBroken) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
