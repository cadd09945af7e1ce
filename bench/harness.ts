import { performance } from 'node:perf_hooks';

/** One row of a benchmark's table. */
export interface Row {
  readonly name: string;
  readonly opsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What one benchmark found: `ratios` are named `<ours>/<baseline>`. */
export interface BenchmarkResult {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly ratios: Readonly<Record<string, number>>;
  /** What a table of rates does not hold, for people. */
  readonly text?: string | undefined;
}

/** A benchmark: its name, and what to run. */
export interface Benchmark {
  readonly name: string;
  readonly about: string;
  run(): Promise<BenchmarkResult>;
}

/** One thing to measure; called with a running number, so that no two calls need be alike. */
export interface Contender {
  readonly name: string;
  readonly work: (turn: number) => unknown;
}

export interface MeasureOptions {
  /** How many calls are under way at once; 1 awaits each before the next. */
  readonly inFlight?: number;
  /** Of measuring each contender, all rounds together. */
  readonly seconds?: number;
  readonly rounds?: number;
}

/**
 * Measures contenders in turns, round by round, so that a noisy neighbour meets them all; rows in the contenders' order.
 *
 * @throws what a contender's work throws.
 */
export async function measure(contenders: readonly Contender[], options: MeasureOptions = {}): Promise<readonly Row[]> {
  const { inFlight = 1, seconds = 3, rounds = 5 } = options;
  const samples = contenders.map(() => ({ latencies: [] as number[], rates: [] as number[], turns: 0 }));
  for (let round = -1; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const sample = samples[index];
      if (!sample) continue;
      const spent = await runFor((seconds * 1000) / rounds, inFlight, () => contender.work(sample.turns++));
      if (round < 0) continue; // the warm-up
      for (const latency of spent.latencies) sample.latencies.push(latency);
      sample.rates.push(spent.rate);
    }
  }
  return contenders.map(({ name }, index) => summarize(name, samples[index] ?? { latencies: [], rates: [] }));
}

async function runFor(
  ms: number,
  inFlight: number,
  work: () => unknown,
): Promise<{ latencies: number[]; rate: number }> {
  const latencies: number[] = [];
  const start = performance.now();
  const lane = async (): Promise<void> => {
    while (performance.now() - start < ms) {
      const before = performance.now();
      await work();
      latencies.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { latencies, rate: (latencies.length * 1000) / (performance.now() - start) };
}

/** A row of what was sampled: the median of the rounds' rates, percentiles over all calls. @throws nothing. */
export function summarize(
  name: string,
  sampled: { readonly latencies: readonly number[]; readonly rates: readonly number[] },
): Row {
  const sorted = Float64Array.from(sampled.latencies).sort();
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  return { name, opsPerSecond: median(sampled.rates), p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** The middle one of some numbers. @throws nothing; NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * The rate of one row as a multiple of another's.
 *
 * @throws TypeError when a row is missing: our mistake.
 */
export function rateRatio(rows: readonly Row[], ours: string, baseline: string): number {
  const rate = (name: string): number => {
    const row = rows.find((candidate) => candidate.name === name);
    if (!row) throw new TypeError(`no row named ${name}`);
    return row.opsPerSecond;
  };
  return rate(ours) / rate(baseline);
}
