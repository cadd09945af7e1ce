import { calAddressKey, parseCalAddress } from '@isched/icalendar';
import { type Abortable, type EpochMs, type Octets, parseDomainName } from '@isched/values';
import { z } from 'zod';
import { administer, type QueueAction, queueActions } from '../outbound/administer.ts';
import { supersedesOf } from '../outbound/supersedes.ts';
import {
  type DeliveryAttempt,
  type DeliveryId,
  type DeliveryState,
  deliveryStates,
  type QueuedDelivery,
} from '../ports/delivery.ts';
import type { Lane } from '../ports/lane.ts';
import type { LeftOut, QueueFilter } from '../ports/queue-admin.ts';
import type { SubmissionId } from '../ports/submission.ts';
import type { Store } from '../ports/store.ts';
import { parsedJson, valid } from './parameters.ts';
import { Problem } from './problem.ts';

function checked<T>(parse: (text: string) => T) {
  return z.string().transform((text, context): T => {
    try {
      return parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} can't be read` });
      return z.NEVER;
    }
  });
}

const filterSchema = z.strictObject({
  delivery: z.string().optional(),
  submission: z.string().optional(),
  state: z.array(z.enum(deliveryStates)).optional(),
  lane: z.string().optional(),
  domain: checked(parseDomainName).optional(),
  recipient: checked((text) => calAddressKey(parseCalAddress(text))).optional(),
  uid: z.string().optional(),
});

/** Lanes that are left alone, in one answer. */
const maxPaused = 1000;
/** Deliveries in one answer, or changed at once. */
const maxDeliveries = 1000;
const limitSchema = z.coerce.number().int().min(1).max(maxDeliveries);

const listSchema = filterSchema.extend({ limit: limitSchema.default(100), after: z.string().optional() });
const actionSchema = z.strictObject({
  action: z.enum(queueActions),
  filter: filterSchema.refine(
    (filter) => Object.keys(filter).length > 0,
    'say which: an empty filter means everything',
  ),
  limit: limitSchema.default(maxDeliveries),
  dryRun: z.boolean().default(false),
});

/** The words of a filter, as the API and the CLI have them. */
export type FilterJson = z.input<typeof filterSchema>;

export interface ActionJson {
  readonly action: QueueAction;
  readonly filter: FilterJson;
  readonly limit?: number | undefined;
  readonly dryRun?: boolean | undefined;
}

/** `GET /api/v1/queue`. @throws Problem. */
export async function listQueue(
  store: Store,
  query: URLSearchParams,
  { now, ...options }: Abortable & { readonly now: EpochMs },
): Promise<object> {
  const { state: _, ...single } = Object.fromEntries(query);
  const all = query.getAll('state');
  const { limit, after, ...filter } = valid(listSchema, { ...single, ...(all.length > 0 && { state: all }) });
  const page = { limit, after: after as DeliveryId | undefined };
  return store.read(
    async (view) => ({
      deliveries: await view.queue.list(filterOf(filter), page),
      backlog: await view.queue.backlog(),
      leftAlone: await view.queue.paused(now, maxPaused),
    }),
    options,
  );
}

/** One delivery and the requests made for it: `GET /api/v1/queue/ID`. @throws Problem. */
export async function showDelivery(
  store: Store,
  id: string,
  options: Abortable,
): Promise<QueuedDelivery & { readonly attempts: readonly DeliveryAttempt[] }> {
  const delivery = id as DeliveryId;
  return store.read(async (view) => {
    const [found] = await view.queue.list({ delivery }, { limit: 1 });
    if (!found) throw new Problem('not-found', `there is no delivery ${id}`);
    return { ...found, attempts: await view.queue.attempts(delivery) };
  }, options);
}

/** Which deliveries each action can change. */
const changeable: Readonly<Record<QueueAction, readonly DeliveryState[]>> = {
  retry: ['waiting', 'dead'],
  hold: ['waiting'],
  release: ['held'],
  drop: ['waiting', 'held'],
};

/** What was done, or would be. */
export interface Acted {
  readonly action: QueueAction;
  readonly dryRun: boolean;
  readonly deliveries: readonly QueuedDelivery[];
  /** Those that were given up and are not worth another try, and why. */
  readonly leftOut: readonly LeftOut[];
}

/** `POST /api/v1/queue/actions`: what was changed, or what would be. @throws Problem. */
export async function actOnQueue(
  store: Store,
  content: Octets,
  { now, lifetimeMs, ...options }: Abortable & { readonly now: EpochMs; readonly lifetimeMs: number },
): Promise<Acted> {
  const { action, filter: asked, limit, dryRun } = valid(actionSchema, parsedJson(content));
  const filter = filterOf(asked);
  if (!dryRun) {
    const work = { filter, now, limit, lifetimeMs };
    const { changed, leftOut } = await store.transaction((tx) => administer(tx, action, work), options);
    return { action, dryRun, deliveries: changed, leftOut };
  }
  const wanted = changeable[action].filter((state) => filter.states?.includes(state) ?? true);
  const would = { ...filter, states: wanted };
  return store.read(async (view) => {
    const found = await view.queue.list(would, { limit });
    const ids = action === 'retry' ? found.map(({ id }) => id) : [];
    const leftOut = await view.queue.leftOut(ids, supersedesOf);
    const deliveries = found.filter(({ id }) => !leftOut.some(({ delivery }) => delivery === id));
    return { action, dryRun, deliveries, leftOut };
  }, options);
}

function filterOf({ delivery, submission, state, lane, ...rest }: z.output<typeof filterSchema>): QueueFilter {
  return {
    ...rest,
    delivery: delivery as DeliveryId | undefined,
    submission: submission as SubmissionId | undefined,
    lane: lane as Lane | undefined,
    states: state,
  };
}
