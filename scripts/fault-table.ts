import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { type FaultName, faultNames } from '../packages/gateway/test/faults/support/tally.ts';

/** One line of the table: what the tests that injected a fault say of it. */
export interface FaultRow {
  readonly fault: FaultName;
  readonly injected: number;
  /** Submissions that were followed to their end; a test of several faults counts for each. */
  readonly submissions: number;
  readonly passed: number;
  readonly failed: number;
}

/** What one test did, and how it ended. */
export interface FaultTest {
  readonly passed: boolean;
  readonly injected: Readonly<Partial<Record<FaultName, number>>>;
  readonly submissions: number;
}

/**
 * Sums up the tests, fault by fault.
 *
 * @returns a row for each fault there is, also where nobody injected it.
 * @throws nothing.
 */
export function faultRows(tests: readonly FaultTest[]): readonly FaultRow[] {
  return faultNames.map((fault) => {
    const its = tests.filter(({ injected }) => injected[fault] !== undefined);
    const passed = its.filter((test) => test.passed);
    return {
      fault,
      injected: its.reduce((sum, { injected }) => sum + (injected[fault] ?? 0), 0),
      submissions: passed.reduce((sum, { submissions }) => sum + submissions, 0),
      passed: passed.length,
      failed: its.length - passed.length,
    };
  });
}

/** Writes the rows as a table for people. @throws nothing. */
export function formatFaultTable(rows: readonly FaultRow[]): string {
  const head = ['fault', 'injected', 'submissions', 'tests', 'result'];
  const cells = rows.map(({ fault, injected, submissions, passed, failed }) => [
    fault,
    String(injected),
    String(submissions),
    String(passed + failed),
    injected === 0 ? 'not injected' : failed > 0 ? `${failed} failed` : 'passed',
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...cells].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        /^\d+$/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...cells.map(line)].join('\n');
}

/** Prints the table when all tests have ended. @param told - gets the rows. */
export function faultTableReporter(told: (rows: readonly FaultRow[]) => void): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[]) {
      const tests = modules.flatMap((module) => [...module.children.allTests()]).map(faultTest);
      const rows = faultRows(tests);
      console.log(`\n${formatFaultTable(rows)}\n`);
      told(rows);
    },
  };
}

function faultTest(test: TestCase): FaultTest {
  const { faults } = test.meta();
  const passed = test.result().state === 'passed';
  return { passed, injected: faults?.injected ?? {}, submissions: faults?.submissions ?? 0 };
}
