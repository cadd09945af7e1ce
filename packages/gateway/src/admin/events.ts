import type { Abortable } from '@isched/values';
import { z } from 'zod';
import { type FollowDeps, followEvents } from '../outbound/follow.ts';
import type { DeliveryEvent, EventPlace } from '../ports/decisions.ts';
import { type DeliveryState, isFinal } from '../ports/delivery.ts';
import { valid, waitSchema } from './parameters.ts';
import { Problem } from './problem.ts';
import type { WaitingRoom } from './waiting.ts';

const eventsSchema = z.strictObject({
  /** A cursor of an earlier answer; `latest`: none of what was; left out: from the oldest that is kept. */
  after: z.string().min(1).max(100).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  wait: waitSchema,
});

/** What happened to a delivery, as programs read it. */
export interface EventJson {
  readonly cursor: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly submission: string;
  readonly delivery: string;
  /** How the delivery stands since then. */
  readonly state: DeliveryState;
  /** Nothing more will happen to it, unless an operator tries it again. */
  readonly final: boolean;
  /** A code of the catalogue. */
  readonly reason: string;
  readonly originator: string;
  readonly recipient: string;
  readonly method?: string | undefined;
  readonly uid?: string | undefined;
  readonly requestStatus?: string | undefined;
  readonly detail?: string | undefined;
}

export interface EventsJson {
  readonly events: readonly EventJson[];
  /** To go on from here; missing as long as nothing has ever happened. */
  readonly cursor?: string | undefined;
}

/** `GET /api/v1/events`: what happened to deliveries, in order; where nothing new has, waits for it. @throws Problem. */
export async function listEvents(
  query: URLSearchParams,
  deps: FollowDeps & { readonly waiting: WaitingRoom },
  options: Abortable,
): Promise<EventsJson> {
  const { after, limit, wait } = valid(eventsSchema, Object.fromEntries(query));
  if (after === 'latest') {
    const cursor = await deps.store.read((view) => view.decisions.lastEvent(), options);
    return { events: [], cursor };
  }
  const page = { after: after as EventPlace | undefined, limit };
  const found = await deps.waiting.wait(wait * 1000, (waitMs) => followEvents(page, { waitMs, ...options }, deps));
  if (!found) {
    throw new Problem('events-forgotten', 'events behind this cursor were forgotten: begin anew without one');
  }
  return { events: found.map(eventAsJson), cursor: found.at(-1)?.place ?? after };
}

function eventAsJson({ place, decision }: DeliveryEvent): EventJson {
  const { at, reason, originator, recipient, method, uid, requestStatus, detail, delivery } = decision;
  return {
    cursor: place,
    at,
    submission: delivery.submission,
    delivery: delivery.id,
    state: delivery.state,
    final: isFinal(delivery.state),
    reason,
    originator,
    recipient,
    method,
    uid,
    requestStatus,
    detail,
  };
}
