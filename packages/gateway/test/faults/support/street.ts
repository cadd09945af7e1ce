import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseCalAddress } from '@isched/icalendar';
import { createFakeClock, type FakeClock } from '@isched/testkit';
import { openSqliteStore, type Store, StoreUnavailable } from 'isched';
import { expect } from 'vitest';
import { audit, type AuditOptions } from './audit.ts';
import { type GatewayPlan, LocalGateway } from './gateway.ts';
import { type Lab, openLab } from './lab.ts';
import { createInvitations, type Invitation, organizer, rooms } from './meetings.ts';
import type { Tally } from './tally.ts';

export interface StreetPlan {
  readonly openAlpha?: (() => Store | Promise<Store>) | undefined;
  readonly openBeta?: (() => Store | Promise<Store>) | undefined;
  readonly beta?: Partial<Pick<GatewayPlan, 'capabilities' | 'users'>> | undefined;
}

/** Two gateways in this process on one clock that stands still until it is moved: the organizer's and the rooms'. */
export interface Street extends AsyncDisposable {
  readonly lab: Lab<FakeClock>;
  readonly clock: FakeClock;
  readonly alpha: LocalGateway;
  readonly beta: LocalGateway;
  /** A folder of its own. */
  readonly folder: string;
  /** Makes an invitation and submits it. */
  invite(invited?: readonly string[]): Promise<Invitation>;
  /** Submits new invitations without end, several at once; one that was not acknowledged again under the same key. */
  load(stop: AbortSignal, options: { readonly parallel: number; readonly pauseMs: number }): Promise<void>;
  /** While something is done the clock goes on, ten times as fast as the machine's. */
  flow<T>(work: () => Promise<T>): Promise<T>;
  /** Every invitation made. */
  readonly invitations: Invitation[];
  /** Waits, while the clock stands, until no worker has anything to do. */
  quiet(): Promise<void>;
  /** Waits, while the clock stands, until something holds. */
  until(holds: () => boolean | Promise<boolean>): Promise<void>;
  /** Moves the clock on, bit by bit, until something holds. */
  pass(ms: number, until: () => boolean | Promise<boolean>): Promise<void>;
  /** Moves the clock from one thing that is due to the next until nothing waits any more. */
  drain(): Promise<void>;
  /** Drains, follows every invitation, and closes everything: no task, no sleeper and no socket may be left. */
  close(tally: Tally, options?: AuditOptions): Promise<void>;
}

/** How long something may take while the clock stands. Real milliseconds. */
const patienceMs = 30_000;

/** A user as the configuration has it. @throws nothing. */
export function room(address: string) {
  return { address: parseCalAddress(address), aliases: [], time_zone: 'UTC', auto_schedule: 'accept-always' } as const;
}

type Place = Pick<GatewayPlan, 'lab' | 'domain' | 'users'>;

/** The organizer's gateway. @throws nothing. */
export function alphaPlan(lab: Lab): Place {
  return {
    lab,
    domain: 'alpha.example',
    users: [{ address: parseCalAddress(organizer), aliases: [], time_zone: 'UTC' }],
  };
}

/** The rooms'. @throws nothing. */
export function betaPlan(lab: Lab): Place {
  return { lab, domain: 'beta.example', users: rooms.map(room) };
}

/** Opens both gateways; their stores are SQLite's where nothing else is said. */
export async function openStreet(plan: StreetPlan = {}): Promise<Street> {
  const before = openResources();
  const folder = mkdtempSync(join(tmpdir(), 'isched-faults-'));
  const lab = await openLab(createFakeClock());
  const { clock } = lab;
  const sqlite = (name: string) => () => openSqliteStore({ file: join(folder, `${name}.sqlite`) });
  const alpha = await LocalGateway.open({ ...alphaPlan(lab), openStore: plan.openAlpha ?? sqlite('alpha') });
  const beta = await LocalGateway.open({ ...betaPlan(lab), openStore: plan.openBeta ?? sqlite('beta'), ...plan.beta });
  const gateways = [alpha, beta];
  const invitations: Invitation[] = [];
  const next = createInvitations('street');
  let closed = false;

  const dispose = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await Promise.all(gateways.map((gateway) => gateway[Symbol.asyncDispose]()));
    await lab[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  /**
   * Nothing under way may mean that a lease is about to be begun, once it is on the disk; or that leases of a node that is
   * gone fill a lane, and what is due there waits for their end. Only time tells.
   */
  const idleness = async (): Promise<'busy' | 'idle' | 'unsure'> => {
    if (gateways.some(({ underWay }) => underWay > 0)) return 'busy';
    const due = await Promise.all(gateways.map((gateway) => gateway.nextDue()));
    if (due.some((time) => time !== undefined && time <= clock.now())) return 'unsure';
    const backlogs = await Promise.all(gateways.map(({ store }) => store.read((view) => view.queue.backlog())));
    return backlogs.some(({ leased }) => leased > 0) ? 'unsure' : 'idle';
  };
  const street: Street = {
    lab,
    clock,
    alpha,
    beta,
    folder,
    invitations,
    async invite(invited) {
      const invitation = next(invited);
      invitations.push(invitation);
      await alpha.submit(invitation);
      return invitation;
    },
    async load(stop, { parallel, pauseMs }) {
      const submitOne = async (): Promise<void> => {
        const invitation = next();
        invitations.push(invitation);
        while (!invitation.acknowledged && !stop.aborted) {
          await alpha.submit(invitation).catch(async (error: unknown) => {
            if (!(error instanceof StoreUnavailable)) throw error;
            await delay(pauseMs);
          });
        }
        await delay(pauseMs);
      };
      const submitMany = async (): Promise<void> => {
        while (!stop.aborted) await submitOne();
      };
      await Promise.all(Array.from({ length: parallel }, submitMany));
    },
    async flow(work) {
      const end = new AbortController();
      const flowing = (async () => {
        for (let last = performance.now(); !end.signal.aborted; ) {
          await delay(2);
          const now = performance.now();
          await clock.advance(Math.round(10 * (now - last)));
          last = now;
        }
      })();
      try {
        return await work();
      } finally {
        end.abort();
        await flowing;
      }
    },
    async quiet() {
      const giveUpAt = performance.now() + patienceMs;
      for (let calm = 0; calm < 100; ) {
        if (performance.now() > giveUpAt) throw new Error(`never quiet: ${await describe(street)}`);
        const now = await idleness();
        calm = now === 'busy' ? 0 : calm + (now === 'idle' ? 50 : 1);
        await delay(2);
      }
    },
    async until(holds) {
      const giveUpAt = performance.now() + patienceMs;
      while (!(await holds())) {
        if (performance.now() > giveUpAt) throw new Error(`waited in vain: ${await describe(street)}`);
        await delay(2);
      }
    },
    async pass(ms, until) {
      const end = clock.now() + ms;
      while (!(await until())) {
        if (clock.now() >= end) throw new Error(`not within ${ms} ms: ${await describe(street)}`);
        await clock.advance(Math.max(1, Math.ceil(ms / 200)));
        await delay(1);
      }
    },
    async drain() {
      for (let step = 0; step < 1_000; step++) {
        await street.quiet();
        const due = (await Promise.all(gateways.map((gateway) => gateway.nextDue()))).filter(
          (time) => time !== undefined,
        );
        if (due.length === 0) return;
        const wait = Math.min(...due) - clock.now();
        await clock.advance(wait > 0 ? wait : 10_000);
      }
      throw new Error(`never done: ${await describe(street)}`);
    },
    async close(tally, options) {
      await street.drain();
      expect(await audit(invitations, { alpha: alpha.store, beta: beta.store }, options)).toEqual([]);
      tally.checked(invitations.length);
      expect([alpha.front.failures, beta.front.failures]).toEqual([[], []]);
      await expect.poll(() => [alpha.front.underWay, beta.front.underWay], { timeout: 10_000 }).toEqual([0, 0]);
      await dispose();
      expect(gateways.map(({ underWay }) => underWay)).toEqual([0, 0]);
      expect(clock.sleepers).toBe(0);
      await expect.poll(() => openedSince(before), { timeout: 10_000 }).toEqual({});
    },
    [Symbol.asyncDispose]: dispose,
  };
  return street;
}

async function describe({ alpha, beta, clock }: Street): Promise<string> {
  const states = await Promise.all(
    [alpha, beta].map(async (gateway) => {
      const waiting = (await gateway.queue()).filter(({ state }) => state === 'waiting' || state === 'leased');
      const list = waiting.slice(0, 5).map(({ state, dueAt, detail }) => `${state} ${dueAt - clock.now()} ${detail}`);
      return `${gateway.domain}: ${gateway.underWay} under way, next in ${((await gateway.nextDue()) ?? NaN) - clock.now()} ms, ${list.join('; ')}`;
    }),
  );
  return [...states, ...[...alpha.troubles, ...beta.troubles].map(String)].join('\n');
}

const kinds = /TCP|TLS|UDP|Pipe|Process|Worker|MessagePort/;

type Resources = Readonly<Record<string, number>>;

/** What this process holds open: kinds of handles, with their counts. */
function openResources(): Resources {
  const names = process.getActiveResourcesInfo().filter((name) => kinds.test(name));
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));
}

/** What is open now beyond what was. */
function openedSince(before: Resources): Resources {
  const more = Object.entries(openResources()).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(more.filter(([, count]) => count > 0));
}
