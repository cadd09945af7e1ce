import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Organisation, prepareOrganisation } from '@isched/lab';
import type { Random } from '@isched/runtime';
import type { QueuedDelivery, Store } from 'isched';
import { expect } from 'vitest';
import { audit } from './audit.ts';
import { type Lab, openLab } from './lab.ts';
import { createInvitations, type Invitation, organizer, requestText, rooms } from './meetings.ts';
import { type NodePlan, TestNode } from './node.ts';
import type { Tally } from './tally.ts';
import { createWorldClock, type WorldClock } from './world-clock.ts';

/** How long a lease may outlast who had it, and a minute more for what waits to be tried again. Milliseconds. */
const takeOverMs = 180_000;

/** A queue to look at from outside. */
export interface ShownQueue {
  /** What has not ended. */
  pending(): Promise<readonly QueuedDelivery[]>;
  /** Has whoever works on it look again. */
  ring(): Promise<void>;
}

/** Two organisations whose nodes are processes, in a world whose clock can be set. */
export class Town implements AsyncDisposable {
  readonly lab: Lab<WorldClock>;
  readonly folder: string;
  readonly alpha: Organisation;
  readonly beta: Organisation;
  readonly nodes: TestNode[] = [];
  readonly invitations: Invitation[] = [];
  /** Submissions that were not acknowledged, each time. */
  refused = 0;
  readonly #next: () => Invitation;

  private constructor(lab: Lab<WorldClock>, folder: string, [alpha, beta]: readonly [Organisation, Organisation]) {
    this.lab = lab;
    this.folder = folder;
    this.alpha = alpha;
    this.beta = beta;
    this.#next = createInvitations('town');
  }

  static async open(): Promise<Town> {
    const folder = await mkdtemp(join(tmpdir(), 'isched-faults-'));
    const lab = await openLab(createWorldClock(folder));
    const prepare = async (domain: string, users: readonly string[]): Promise<Organisation> => {
      const organisation = await prepareOrganisation({
        domain,
        folder: join(folder, domain),
        ca: lab.authority,
        configText: (known) => configText(known, lab, users),
      });
      lab.dns.setZone(domain, organisation.zoneText);
      return organisation;
    };
    const roomUsers = rooms.map((address) => `address = "${address}"\nauto_schedule = "accept-always"`);
    return new Town(lab, folder, [
      await prepare('alpha.example', [`address = "${organizer}"`]),
      await prepare('beta.example', roomUsers),
    ]);
  }

  /** Prepares a node and starts it. */
  async start(plan: Omit<NodePlan, 'environment'> & Partial<Pick<NodePlan, 'environment'>>): Promise<TestNode> {
    const environment = {
      ...this.lab.clock.environment,
      ISCHED_LOG__LEVEL: 'warn',
      ISCHED_STORE__MAX_CLOCK_DIFFERENCE_MS: '2592000000', // the world's clock is not the database's
      ...plan.environment,
    };
    const node = await TestNode.prepare({ ...plan, environment });
    this.nodes.push(node);
    await node.start();
    return node;
  }

  /** Lets so much time pass that whatever waits for a while is due, and leases of who is gone have run out. */
  passTime(): void {
    this.lab.clock.shift(takeOverMs);
  }

  /** Submits new invitations without end, several at once; one that was not acknowledged again under the same key. */
  async load(taker: TestNode, stop: AbortSignal, { parallel }: { readonly parallel: number }): Promise<void> {
    const submitMany = async (): Promise<void> => {
      while (!stop.aborted) await this.#submit(this.#next(), taker, stop);
    };
    await Promise.all(Array.from({ length: parallel }, submitMany));
  }

  /** Submits one invitation. */
  async invite(taker: TestNode): Promise<Invitation> {
    const invitation = this.#next();
    await this.#submit(invitation, taker, new AbortController().signal);
    return invitation;
  }

  async #submit(invitation: Invitation, taker: TestNode, stop: AbortSignal): Promise<void> {
    this.invitations.push(invitation);
    const submission = {
      message: requestText(invitation),
      originator: organizer,
      recipients: invitation.rooms,
      wait: 2, // for the outcome, so that no more is on its way than can be sent
    };
    while (!invitation.acknowledged && !stop.aborted) {
      try {
        await taker.client.submit(submission, invitation.uid);
        invitation.acknowledged = true;
      } catch {
        this.refused += 1;
        await delay(20); // it is down, or its store is: whoever hears no answer asks again
      }
    }
    await delay(20);
  }

  /**
   * Kills nodes at random moments, also while they start, and starts them again; several may be down at once.
   *
   * @returns when so many were killed and all are up.
   */
  async killAtRandom(
    { kills, atOnce }: { readonly kills: number; readonly atOnce: number },
    random: Random,
    tally: Tally,
  ): Promise<void> {
    const budget = { left: kills };
    const killed = (node: TestNode): void => {
      tally.injected(node.plan.fault);
      if (node.plan.roles.includes('worker')) this.passTime();
    };
    const restart = async (node: TestNode): Promise<void> => {
      while (budget.left > 0 && random.fraction() < 0.2) {
        budget.left -= 1;
        if (!(await dies(node, Math.floor(random.fraction() * 1_500)))) {
          budget.left += 1; // it was quicker
          return;
        }
        killed(node);
      }
      await node.start();
    };
    const down = new Map<TestNode, Promise<void>>();
    while (budget.left > 0) {
      // Mostly as many as agreed may be down at once, now and then one more.
      const most = random.fraction() < 0.75 ? atOnce : atOnce + 1;
      while (down.size >= most) await Promise.race(down.values());
      await delay(random.fraction() * 500);
      const up = this.nodes.filter((node) => !down.has(node));
      const victim = up[Math.floor(random.fraction() * up.length)];
      if (!victim || budget.left === 0) continue;
      budget.left -= 1;
      await victim.kill();
      killed(victim);
      const back = restart(victim).then(() => void down.delete(victim));
      back.catch(() => undefined); // told below
      down.set(victim, back);
    }
    await Promise.all(down.values());
  }

  /** Lets time pass until nothing waits any more in these queues. */
  async drain(...shown: readonly ShownQueue[]): Promise<void> {
    const look = async () => (await Promise.all(shown.map((queue) => queue.pending()))).flat();
    const giveUpAt = performance.now() + 180_000;
    for (let still = 0; ; ) {
      const before = await look();
      if (before.length === 0) return;
      if (performance.now() > giveUpAt) throw new Error(`never done: ${describe(before).slice(0, 500)}`);
      await delay(100);
      const now = await look();
      still = describe(now) === describe(before) ? still + 1 : 0;
      if (still < 5) continue;
      still = 0;
      const wait = Math.min(...now.map(({ dueAt }) => dueAt)) - this.lab.clock.now();
      this.lab.clock.shift(Math.max(wait, takeOverMs));
      await Promise.all(shown.map((queue) => queue.ring()));
    }
  }

  /** No connection is left anywhere, and each node ends by itself when it is asked to. */
  async closeNodes(): Promise<void> {
    for (const node of this.nodes) {
      await expect.poll(() => node.connections(), { timeout: 30_000, interval: 100 }).toBe(0);
    }
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  /** Follows every invitation through the stores that the nodes left. */
  async audit(tally: Tally, stores: { readonly alpha: Store; readonly beta: Store }): Promise<void> {
    expect(await audit(this.invitations, stores)).toEqual([]);
    tally.checked(this.invitations.length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
    await this.lab[Symbol.asyncDispose]();
    this.lab.clock[Symbol.dispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function describe(deliveries: readonly QueuedDelivery[]): string {
  return deliveries.map(({ id, state, dueAt }) => `${id} ${state} ${dueAt}`).join(', ');
}

/** Starts a node and kills it after a while, unless it is ready before. */
async function dies(node: TestNode, afterMs: number): Promise<boolean> {
  try {
    await node.start(AbortSignal.timeout(afterMs));
    return false;
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return true;
    throw error;
  }
}

function configText({ domain, selector, files }: Organisation, { dns }: Lab, users: readonly string[]): string {
  return `data = ${JSON.stringify(files.data)}

[https]
certificate_file = ${JSON.stringify(files.certificate)}
key_file = ${JSON.stringify(files.certificateKey)}

[[domains]]
name = "${domain}"

[[domains.keys]]
selector = "${selector}"
file = ${JSON.stringify(files.signingKey)}

${users.map((user) => `[[users]]\n${user}\n`).join('\n')}
[network]
dns_servers = ["${dns.host}:${dns.port}"]
ca_file = ${JSON.stringify(files.authority)}
allow_addresses = ["127.0.0.0/8"]
`;
}
