import { availableParallelism, cpus } from 'node:os';
import type { Limit } from './limit.ts';
import type { Measured } from './measure.ts';
import type { Assumptions, Deployment, Load, Prediction, Work } from './model.ts';

/** One line of the curve: a deployment under a multiple of the load, and how much it carries. */
export interface Point {
  readonly deployment: Deployment;
  readonly times: number;
  readonly prediction: Prediction;
  readonly limit: Limit;
}

export interface Report {
  readonly points: readonly Point[];
  readonly measured: Measured;
  readonly assumed: Assumptions;
  readonly once: Load;
}

const columns = {
  rcv: 'receiver CPU',
  wrk: 'worker CPU',
  sign: 'signing threads',
  slots: 'worker slots',
  conn: 'connections',
  db: 'database CPU',
  flush: 'log flush',
  lane: 'busiest lane',
  room: 'hottest room',
} as const;

/** All that the simulation says, and what it rests on. @throws nothing. */
export function reportOf(report: Report): string {
  return [...costLines(report), '', ...pointLines(report)].join('\n');
}

function costLines({ measured, assumed, once }: Report): readonly string[] {
  const { costs, receive, submit } = measured;
  const work = (name: string, { nodeMs, databaseMs, roundTrips }: Work): string =>
    `  ${name.padEnd(10)}node ${ms(nodeMs)}   database ${ms(databaseMs)}   round trips ${roundTrips.toFixed(1)}`;
  return [
    `Measured on ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), PostgreSQL on the same machine, CPU of one core in ms:`,
    `${work('receive', costs.receive)}   statements ${receive.statements.toFixed(1)}   log ${(receive.logOctets / 1024).toFixed(1)} KB`,
    `${work('submit', costs.submit)}   statements ${submit.statements.toFixed(1)}`,
    `${work('lease', costs.lease)} for one call`,
    work('settle', costs.settle),
    `  send ${ms(costs.sendMs)}   signature ${ms(costs.signMs)}   new TLS connection ${ms(costs.handshakeMs)}   flush of the log ${ms(costs.flushMs)}`,
    `Assumed: ${assumed.networkMs} ms from node to database and back; peers answer in ${assumed.peerMs} ms (median, log-normal ${assumed.peerSigma}); ` +
      `${assumed.peers} receivers, the n-th wanted 1/n as often as the first; ${assumed.newConnections * 100} % of messages on new connections; ` +
      `${assumed.roomPart * 100} % ask for one of ${assumed.rooms} rooms (as many times more at more load).`,
    `1× is ${once.inPerSecond} messages a second in and ${once.outPerSecond} out: 100,000 people, ten each way a day, 18 % of them in the busiest hour.`,
  ];
}

function pointLines({ points }: Report): readonly string[] {
  const head = `${'load'.padEnd(6)}${'deployment'.padEnd(40)}${'in p50'.padStart(8)}${'p99'.padStart(8)}${'out p50'.padStart(9)}${'p99'.padStart(8)}  ${Object.keys(
    columns,
  )
    .map((name) => name.padStart(6))
    .join('')}   carries, first limit`;
  return [head, ...points.map(pointLine)];
}

function pointLine({ deployment, times, prediction, limit }: Point): string {
  const { inbound, outbound, utilisation } = prediction;
  const parts = Object.values(columns).map((name) => `${Math.round((utilisation[name] ?? 0) * 100)}%`.padStart(6));
  const lost = inbound.refused > 0 ? `, ${Math.round(inbound.refused * 100)} % turned away here` : '';
  return (
    `${`${times}×`.padEnd(6)}${deployment.name.padEnd(40)}` +
    `${whole(inbound.p50Ms).padStart(8)}${whole(inbound.p99Ms).padStart(8)}${whole(outbound.p50Ms).padStart(9)}${whole(outbound.p99Ms).padStart(8)}  ` +
    `${parts.join('')}   ${limit.times.toFixed(limit.times < 10 ? 1 : 0)}×, ${limit.resource}${lost}`
  );
}

function whole(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(0);
}

function ms(value: number): string {
  return value.toFixed(2);
}
