import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { MessageJson } from '../admin/messages.ts';
import type { ActionJson, FilterJson } from '../admin/queue.ts';
import type { OutcomeJson } from '../admin/submission.ts';
import type { Decision } from '../ports/decisions.ts';
import type { DeliveryAttempt, QueuedDelivery } from '../ports/delivery.ts';
import type { Lane } from '../ports/lane.ts';
import type { LeftOut } from '../ports/queue-admin.ts';
import type { Config } from '../server/config/schema.ts';
import { managementTokenFile } from '../server/management-token.ts';
import { CouldNotTell, UsageError } from './output.ts';

/** What is asked of the gateway: `POST /api/v1/messages`. */
export interface SubmissionJson {
  readonly message: string;
  readonly originator?: string | undefined;
  readonly recipients?: readonly string[] | undefined;
  /** Seconds to wait for the outcomes. */
  readonly wait?: number | undefined;
}

/** A running gateway, as its own CLI sees it. Whatever is asked may throw CouldNotTell. */
export interface GatewayClient {
  /** Waits as long as is asked for, where something may still happen in that time. @throws UsageError with what the gateway says is wrong. */
  submit(submission: SubmissionJson, idempotencyKey?: string): Promise<readonly OutcomeJson[]>;
  /** @throws UsageError when nobody here has that address. */
  objects(user: string): Promise<readonly { readonly uid: string; readonly text: string; readonly revision: number }[]>;
  /** What was decided about a meeting, oldest first. */
  timeline(uid: string): Promise<readonly Decision[]>;
  /** Deliveries, oldest first. */
  queue(filter: FilterJson, page: { readonly limit: number; readonly after?: string | undefined }): Promise<QueuePage>;
  /** One delivery, with the requests made for it. */
  delivery(id: string): Promise<QueuedDelivery & { readonly attempts: readonly DeliveryAttempt[] }>;
  /** Retries, holds, releases or drops deliveries. */
  act(action: ActionJson): Promise<ActedJson>;
}

export interface ActedJson {
  readonly dryRun: boolean;
  readonly deliveries: readonly QueuedDelivery[];
  /** Not worth another try; gateways before this version don't say. */
  readonly leftOut?: readonly LeftOut[] | undefined;
}

export interface QueuePage {
  readonly deliveries: readonly QueuedDelivery[];
  readonly backlog: Readonly<Record<'waiting' | 'leased' | 'held', number>>;
  /** Lanes that the node that was asked leaves alone, because nobody answers there; gateways before this version don't say. */
  readonly leftAlone?: readonly { readonly lane: Lane; readonly until: number }[] | undefined;
}

/**
 * Reaches the gateway that runs with a configuration.
 *
 * @returns nothing where none runs, or this user may not read its token.
 */
export async function reachGateway(config: Config): Promise<GatewayClient | undefined> {
  const token = readToken(config);
  const { host, port } = config.management.address;
  const base = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (token === undefined || !(await isAlive(base))) return undefined;
  const ask = async (path: string, init: Asked = {}): Promise<unknown> => {
    const headers = { ...init.headers, authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return answerTo(() => fetch(`${base}${path}`, { ...init, headers }));
  };
  return {
    async submit(submission, idempotencyKey) {
      const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
      const end = Date.now() + (submission.wait ?? 0) * 1000;
      const waitNow = (): number => Math.min(longestWaitSeconds, Math.max(0, (end - Date.now()) / 1000));
      const init = { method: 'POST', body: JSON.stringify({ ...submission, wait: waitNow() }), headers };
      let message = (await ask('/api/v1/messages', init)) as Partial<MessageJson> & Pick<MessageJson, 'outcomes'>;
      while (
        message.submission !== undefined &&
        Date.now() < end &&
        message.outcomes.some((one) => mayChange(one, end))
      ) {
        const [answer] = await Promise.all([
          ask(`/api/v1/messages/${encodeURIComponent(message.submission)}?wait=${waitNow()}`),
          pause(leastPauseMs),
        ]);
        message = answer as MessageJson;
      }
      return message.outcomes;
    },
    objects: async (user) =>
      (
        (await ask(`/api/v1/objects?user=${encodeURIComponent(user)}`)) as {
          objects: Awaited<ReturnType<GatewayClient['objects']>>;
        }
      ).objects,
    queue: async (filter, page) => (await ask(`/api/v1/queue?${queryOf(filter, page).toString()}`)) as QueuePage,
    delivery: async (id) =>
      (await ask(`/api/v1/queue/${encodeURIComponent(id)}`)) as Awaited<ReturnType<GatewayClient['delivery']>>,
    act: async (action) =>
      (await ask('/api/v1/queue/actions', { method: 'POST', body: JSON.stringify(action) })) as Awaited<
        ReturnType<GatewayClient['act']>
      >,
    timeline: async (uid) =>
      ((await ask(`/api/v1/timeline?uid=${encodeURIComponent(uid)}`)) as { decisions: readonly Decision[] }).decisions,
  };
}

/** The gateway puts no answer off for longer. */
const longestWaitSeconds = 50;
/** It may answer at once where many wait. */
const leastPauseMs = 500;

/** Says whether something may happen before a time. */
function mayChange({ state, dueAt }: OutcomeJson, end: number): boolean {
  return state === 'leased' || (state === 'waiting' && (dueAt ?? 0) < end);
}

interface Asked {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** @throws UsageError with what the gateway says is wrong; CouldNotTell when it says nothing, or that it can't just now. */
async function answerTo(ask: () => Promise<Response>): Promise<unknown> {
  const { status, body } = await readAnswer(ask);
  if (status < 400) return body;
  const detail = (body as { detail?: string }).detail ?? `the gateway answered ${status}`;
  throw status >= 500 ? new CouldNotTell(detail) : new UsageError(detail);
}

async function readAnswer(ask: () => Promise<Response>): Promise<{ readonly status: number; readonly body: unknown }> {
  try {
    const response = await ask();
    const { status } = response;
    const text = await response.text();
    return { status, body: status >= 400 && !text.startsWith('{') ? notOurs(status) : JSON.parse(text) };
  } catch (cause) {
    throw new CouldNotTell('the gateway did not answer, or broke off', { cause });
  }
}

/** Nodes without the role only tell how they are. */
function notOurs(status: number): { readonly detail: string } {
  const detail =
    status === 404 ? 'that node has not the role admin: ask one that has' : `the gateway answered ${status}`;
  return { detail };
}

function queryOf(
  { state = [], ...filter }: FilterJson,
  page: { readonly limit: number; readonly after?: string | undefined },
): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filter, ...page })) {
    if (value !== undefined) query.append(name, String(value));
  }
  for (const each of state) query.append('state', each);
  return query;
}

function readToken(config: Config): string | undefined {
  try {
    return readFileSync(join(config.data, managementTokenFile), 'utf8').trim();
  } catch {
    return undefined; // never started with this data folder, or somebody else's
  }
}

async function isAlive(base: string): Promise<boolean> {
  try {
    return (await fetch(`${base}/healthz/live`)).ok;
  } catch {
    return false;
  }
}
