import { parseCalAddress, parseCalendar } from '@isched/icalendar';
import { readItipMessage } from '@isched/itip';
import type { LabPostgres } from '@isched/lab';
import { mapLimit, systemClock } from '@isched/runtime';
import { type DomainName, epochMs } from '@isched/values';
import { type Batch, type NodeId, openPostgresStore, type Store } from 'isched';
import { enqueue } from '../../packages/gateway/src/outbound/enqueue.ts';
import { requestText } from '../fixtures.ts';
import { databaseCpu, ownCpu } from '../nodes.ts';
import { liveDomain, type OutboundLab, signLimit, startOutboundLab } from '../outbound-lab.ts';
import type { Costs, Work } from './model.ts';
import { type Asked, countStatements } from './statements.ts';

const messages = 400;
const domains = 100;
const hosts = 20;
const atOnce = 8;

/** What the way out costs. */
export interface OutboundCosts {
  readonly costs: Pick<Costs, 'submit' | 'lease' | 'settle' | 'sendMs' | 'signMs'>;
  /** Of one submission. */
  readonly statements: number;
}

/** Measures submission, leasing, settling and, with real requests to a child process, sending. @throws ChildFailed. */
export async function measureOutbound(postgres: LabPostgres): Promise<OutboundCosts> {
  await using lab = await startOutboundLab({ domains, hosts });
  await using store = await openPostgresStore({ url: postgres.url });
  const signMs = 1000 / signLimit(lab.identity, 0.3).rate;
  await drain(lab, store, 0); // names, capabilities, connections, statements
  const spend = (count: number, work: () => Promise<unknown>): Promise<Spent> => spending(postgres, count, work);
  const submit = await spend(messages, () => submitMany(store, 1));
  const [lease, settle] = await leaseAndSettle(postgres, store);
  await submitMany(store, 2);
  const whole = await spend(messages, () => drain(lab, store, undefined));
  const sendMs = whole.work.nodeMs - lease.work.nodeMs - settle.work.nodeMs - signMs;
  return {
    costs: {
      submit: submit.work,
      lease: { ...lease.work, roundTrips: (lease.work.roundTrips * messages) / lease.calls },
      settle: settle.work,
      sendMs: Math.max(0.1, sendMs),
      signMs,
    },
    statements: submit.asked.statements / messages,
  };
}

interface Spent {
  readonly work: Work;
  readonly asked: Asked;
}

/** What a piece of work costs this process and the database, for each of so many messages. */
async function spending(postgres: LabPostgres, count: number, work: () => Promise<unknown>): Promise<Spent> {
  const before = [ownCpu(), databaseCpu(postgres)] as const;
  const asked = await countStatements(work);
  const [nodeMs, databaseMs] = [ownCpu() - before[0], databaseCpu(postgres) - before[1]];
  return {
    work: { nodeMs: nodeMs / count, databaseMs: databaseMs / count, roundTrips: asked.roundTrips / count },
    asked,
  };
}

async function submitMany(store: Store, round: number): Promise<void> {
  const indices = Array.from({ length: messages }, (_, index) => index);
  await mapLimit(indices, atOnce, (index) => submitOne(store, `${round}-${index}`, liveDomain(index, domains)));
}

async function submitOne(store: Store, name: string, domain: string): Promise<void> {
  const recipient = `user@${domain}`;
  const itip = readItipMessage(parseCalendar(requestText(`${name}@bench`, 'alice@sender.example', recipient)));
  const originator = parseCalAddress('mailto:alice@sender.example');
  const message = { itip, originator, recipients: [parseCalAddress(`mailto:${recipient}`)] };
  const terms = { ownDomains: new Set<DomainName>(), lifetimeMs: 432_000_000, now: systemClock.now() };
  await store.transaction((tx) => enqueue(tx, message, terms));
}

/** All that waits, as a worker does it: so many at once, four of a lane. */
async function leaseAndSettle(
  postgres: LabPostgres,
  store: Store,
): Promise<readonly [Spent & { readonly calls: number }, Spent]> {
  const [leases, settlements]: [Spent[], Spent[]] = [[], []];
  for (;;) {
    let batches: readonly Batch[] = [];
    const leasing = await spending(postgres, messages, async () => (batches = await leaseSome(store)));
    if (batches.length === 0) return [{ ...sumOf(leases), calls: leases.length }, sumOf(settlements)];
    leases.push(leasing);
    const settling = (): Promise<unknown> => mapLimit(batches, atOnce, (batch) => settleOne(store, batch));
    settlements.push(await spending(postgres, messages, settling));
  }
}

function sumOf(some: readonly Spent[]): Spent {
  const sum = (part: (one: Spent) => number): number => some.reduce((total, one) => total + part(one), 0);
  return {
    work: {
      nodeMs: sum(({ work }) => work.nodeMs),
      databaseMs: sum(({ work }) => work.databaseMs),
      roundTrips: sum(({ work }) => work.roundTrips),
    },
    asked: { statements: sum(({ asked }) => asked.statements), roundTrips: sum(({ asked }) => asked.roundTrips) },
  };
}

function leaseSome(store: Store): Promise<readonly Batch[]> {
  const now = systemClock.now();
  const wish = { limit: 64, perLane: 4, perBatch: 250, skipLanes: [], now, until: epochMs(now + 60_000) };
  return store.transaction((tx) => tx.queue.lease({ node: 'bench' as NodeId, ...wish }));
}

function settleOne(store: Store, { lease, deliveries, submission }: Batch): Promise<unknown> {
  return store.transaction(async (tx) => {
    const now = systemClock.now();
    const outcome = { state: 'delivered', reason: 'sent-answered', attempts: [] } as const;
    await tx.queue.settle(
      lease,
      deliveries.map(({ id }) => ({ delivery: id, ...outcome })),
      now,
    );
    const { originator, method, uid } = submission;
    const said = { at: now, direction: 'outbound', reason: 'sent-answered', originator, method, uid } as const;
    for (const { recipient } of deliveries) await tx.decisions.add({ ...said, recipient: recipient.key });
  });
}

/** Sends what waits; first, where asked for, one message to each domain. */
async function drain(lab: OutboundLab, store: Store, first: number | undefined): Promise<void> {
  if (first !== undefined)
    for (let index = 0; index < domains; index++) await submitOne(store, `first-${index}`, liveDomain(index, domains));
  let left = first === undefined ? messages : domains;
  const done = Promise.withResolvers<void>();
  await using _ = lab.work(store, () => {
    left -= 1;
    if (left === 0) done.resolve();
  });
  await done.promise;
}
