/**
 * `npm run test:faults [-- FILE …]`: injects every fault that has to be survived, a hundred random kills among them, and
 * prints what came of it. ISCHED_TEST_FAULT_ROUNDS sets how many kills, ISCHED_TEST_FAULT_SEED makes chance begin where it did before.
 */
import { randomInt } from 'node:crypto';
import { startVitest } from 'vitest/node';
import { faultTableReporter } from './fault-table.ts';

const filters = process.argv.slice(2);
const rounds = (process.env['ISCHED_TEST_FAULT_ROUNDS'] ??= '100');
const seed = (process.env['ISCHED_TEST_FAULT_SEED'] ??= String(randomInt(1_000_000_000)));
console.log(`${rounds} random kills, seed ${seed}: ISCHED_TEST_FAULT_SEED=${seed} npm run test:faults`);

let notInjected = 0;
const table = faultTableReporter((rows) => {
  notInjected = rows.filter(({ injected }) => injected === 0).length;
});
const vitest = await startVitest(filters.length > 0 ? filters : ['packages/gateway/test/faults'], {
  watch: false,
  testTimeout: 300_000,
  maxWorkers: 2, // most of the time goes into starting nodes, which is another process's work
  reporters: ['default', table],
});
await vitest.close();
// A table with holes is no proof, except where only some of the files were asked for.
if (notInjected > 0 && filters.length === 0) process.exitCode = 1;
