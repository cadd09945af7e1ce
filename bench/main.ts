import { fitThreadPool } from '@isched/runtime';
import { freeBusy } from './free-busy.ts';
import { deadDomain } from './dead-domain.ts';
import type { Benchmark, BenchmarkResult } from './harness.ts';
import { lease } from './lease.ts';
import { itip } from './itip.ts';
import { memory } from './memory.ts';
import { nodes } from './nodes.ts';
import { outbound } from './outbound.ts';
import { parse } from './parse.ts';
import { receiver } from './receiver.ts';
import { recurrence } from './recurrence.ts';
import { scaling } from './scaling.ts';
import { sign } from './sign.ts';
import { verify } from './verify.ts';

const benchmarks: readonly Benchmark[] = [
  verify,
  sign,
  parse,
  itip,
  recurrence,
  freeBusy,
  receiver,
  memory,
  lease,
  outbound,
  deadDomain,
  nodes,
  scaling,
];

fitThreadPool(process.env); // as `isched serve` does

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const json = process.argv.includes('--json');
const unknown = names.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));

if (unknown.length > 0 || (json && names.length !== 1)) {
  console.error(
    `usage: npm run bench -- [NAME…] or npm run -s bench -- NAME --json; names: ${benchmarks.map((one) => one.name).join(', ')}`,
  );
  process.exitCode = 2;
} else {
  for (const benchmark of benchmarks.filter((one) => names.length === 0 || names.includes(one.name))) {
    const result = await benchmark.run();
    if (json) console.log(JSON.stringify(result));
    else printTable(benchmark, result);
  }
}

function printTable(benchmark: Benchmark, result: BenchmarkResult): void {
  console.log(`\n${result.name}: ${benchmark.about}`);
  console.log(`  ${'row'.padEnd(28)}${'per second'.padStart(12)}${'p50 ms'.padStart(10)}${'p99 ms'.padStart(10)}`);
  for (const row of result.rows) {
    const numbers = [
      row.opsPerSecond.toFixed(0).padStart(12),
      row.p50Ms.toFixed(3).padStart(10),
      row.p99Ms.toFixed(3).padStart(10),
    ];
    console.log(`  ${row.name.padEnd(28)}${numbers.join('')}`);
  }
  for (const [name, ratio] of Object.entries(result.ratios))
    console.log(`  ${name.padEnd(28)}${ratio.toFixed(2).padStart(12)} ×`);
  if (result.text !== undefined) console.log(`\n${result.text}`);
}
