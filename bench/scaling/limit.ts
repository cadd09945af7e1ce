import type { Load, Prediction } from './model.ts';

/** How much a deployment carries, as a multiple of a load, and what gives way first beyond it. */
export interface Limit {
  readonly times: number;
  readonly resource: string;
}

/** Beyond this part of anything waiting grows without measure. */
const fullAt = 0.95;
const longestInMs = 500;
const longestOutMs = 2_000;
/** A flush is shared: it may always be under way. */
const shared: ReadonlySet<string> = new Set(['log flush']);
const steps = 6;

/**
 * Finds the largest multiple of a load that a deployment carries: all is done, nothing turned away, answers within half a second,
 * outcomes within two seconds.
 *
 * @param run - what becomes of a multiple of the load.
 * @throws nothing.
 */
export function findLimit(run: (times: number) => Prediction, load: Load): Limit {
  let [carried, tooMuch] = [0, Number.POSITIVE_INFINITY];
  let resource = 'nothing';
  let times = 1;
  for (let step = 0; step < steps; step++) {
    const prediction = run(times);
    const [name, part] = fullest(prediction);
    if (isCarried(prediction, { load, times, part })) {
      carried = times;
      resource = name;
    } else tooMuch = times;
    const guess = times * (fullAt / Math.max(part, 0.01));
    const middle = (carried + tooMuch) / 2;
    const isBetween = guess > carried && guess < tooMuch;
    times = isBetween && step < 4 ? guess : Number.isFinite(middle) ? middle : times * 2;
  }
  return { times: carried, resource };
}

/** What is used most of what can be used up. @throws nothing. */
export function fullest({ utilisation }: Prediction): readonly [name: string, part: number] {
  const some = Object.entries(utilisation).filter(([name]) => !shared.has(name));
  return some.reduce((most, each) => (each[1] > most[1] ? each : most), ['nothing', 0]);
}

function isCarried(
  { inbound, outbound }: Prediction,
  { load, times, part }: { readonly load: Load; readonly times: number; readonly part: number },
): boolean {
  const isDone =
    inbound.donePerSecond > load.inPerSecond * times * 0.95 &&
    outbound.donePerSecond > load.outPerSecond * times * 0.95;
  return (
    isDone &&
    inbound.refused === 0 &&
    part < fullAt + 0.02 &&
    inbound.p99Ms < longestInMs &&
    outbound.p99Ms < longestOutMs
  );
}
