import { createHash, timingSafeEqual } from 'node:crypto';
import { calAddressKey, ICalendarError, parseCalAddress } from '@isched/icalendar';
import {
  type Clock,
  ContentIncomplete,
  ContentRefused,
  ContentTooLong,
  fieldValue,
  type HttpRequest,
  type HttpResponse,
} from '@isched/runtime';
import type { Abortable } from '@isched/values';
import type { Notices } from '../outbound/notices.ts';
import type { Submit } from '../outbound/submit.ts';
import { type Store, type StoreTrouble, StoreUnavailable } from '../ports/store.ts';
import { listEvents } from './events.ts';
import { getMessage, postMessage } from './messages.ts';
import { jsonResponse, Problem, problemResponse } from './problem.ts';
import { actOnQueue, listQueue, showDelivery } from './queue.ts';
import { openWaitingRoom, type WaitingRoom } from './waiting.ts';

export interface ManagementDeps {
  readonly store: Store;
  readonly submit: Submit;
  /** Told of what is settled on this node. */
  readonly notices: Notices;
  readonly clock: Clock;
  /** How long a message is tried. Milliseconds. */
  readonly lifetimeMs: number;
  /** Something in the queue was changed. */
  readonly wake: () => void;
  /** Whoever shows it may act for every user of this gateway. */
  readonly token: string;
}

/** Longest content of a request to the API. Octets. */
const maxContentOctets = 4_194_304;
/** Requests that may wait at once for something to happen. */
const maxWaiting = 500;
/** Lines of a time-line in one answer. */
const maxTimelineLines = 1000;

/**
 * The management API, `/api/v1/…`: for the CLI and programs of the same organisation.
 *
 * @returns the answer; nothing for a path that is not its own.
 */
export function createManagement(
  deps: ManagementDeps,
): (request: HttpRequest, options: Abortable) => Promise<HttpResponse | undefined> {
  const waiting = openWaitingRoom(maxWaiting);
  return async (request, options) => {
    const { pathname, searchParams } = URL.parse(request.target, 'http://management.invalid') ?? {};
    if (!pathname?.startsWith('/api/v1/') || !searchParams) return undefined;
    try {
      checkToken(request, deps.token);
      return await route({ request, path: pathname, query: searchParams }, { ...deps, waiting }, options);
    } catch (error) {
      if (error instanceof Problem) return problemResponse(error);
      if (error instanceof StoreUnavailable)
        return problemResponse(new Problem('unavailable', storeTroubles[error.trouble]));
      if (error instanceof ContentTooLong)
        return problemResponse(new Problem('content-too-long', 'the content is too long'));
      if (error instanceof ContentIncomplete)
        return problemResponse(new Problem('invalid-submission', 'the content broke off'));
      if (error instanceof ContentRefused)
        return problemResponse(new Problem('unavailable', 'too much is being submitted now'));
      throw error;
    }
  };
}

const storeTroubles: Readonly<Record<StoreTrouble, string>> = {
  failed: 'the store can not be used now',
  unfit: 'the store can not be used now',
  'no-space': 'the disk is full: nothing can be stored until there is space',
  closed: 'the gateway stops',
};

/** What the handlers work with. */
export interface Desk extends ManagementDeps {
  readonly waiting: WaitingRoom;
}

interface ApiCall {
  readonly request: HttpRequest;
  readonly path: string;
  readonly query: URLSearchParams;
}

async function route(call: ApiCall, deps: Desk, options: Abortable): Promise<HttpResponse> {
  const name = `${call.request.method} ${call.path}`;
  switch (name) {
    case 'POST /api/v1/messages':
      return postMessage(call.request, deps, options);
    case 'GET /api/v1/events':
      return jsonResponse(200, await listEvents(call.query, deps, options));
    case 'GET /api/v1/objects':
      return jsonResponse(200, { objects: await objectsOf(deps.store, queried(call, 'user'), options) });
    case 'GET /api/v1/timeline': {
      const uid = queried(call, 'uid');
      return jsonResponse(200, {
        decisions: await deps.store.read((view) => view.decisions.ofMeeting(uid, maxTimelineLines), options),
      });
    }
    case 'GET /api/v1/queue':
      return jsonResponse(200, await listQueue(deps.store, call.query, { ...options, now: deps.clock.now() }));
    case 'POST /api/v1/queue/actions': {
      const content = await call.request.readContent(maxContentOctets, options);
      const terms = { now: deps.clock.now(), lifetimeMs: deps.lifetimeMs };
      const done = await actOnQueue(deps.store, content, { ...options, ...terms });
      deps.wake();
      return jsonResponse(200, done);
    }
    default: {
      const message = /^GET \/api\/v1\/messages\/([^/]+)$/.exec(name)?.[1];
      if (message !== undefined) return getMessage({ id: message, query: call.query }, deps, options);
      const delivery = /^GET \/api\/v1\/queue\/([^/]+)$/.exec(name)?.[1];
      if (delivery !== undefined) return jsonResponse(200, await showDelivery(deps.store, delivery, options));
      throw new Problem('not-found', `nothing answers ${name}`);
    }
  }
}

async function objectsOf(store: Store, address: string, options: Abortable): Promise<readonly object[]> {
  const key = addressKey(address);
  return store.read(async (view) => {
    const user = await view.directory.findUser(key);
    if (!user) throw new Problem('user-unknown', `${address} is no user here`);
    const objects = await view.objects.list(user.id);
    return objects.map(({ uid, text, revision }) => ({ uid, text, revision }));
  }, options);
}

function addressKey(address: string): string {
  try {
    return calAddressKey(parseCalAddress(address));
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    throw new Problem('invalid-cal-address', `${address} is no calendar user address`, { cause: error });
  }
}

function queried({ query }: ApiCall, name: string): string {
  const value = query.get(name);
  if (value === null || value === '') throw new Problem('parameter-missing', `say which: ?${name}=…`);
  return value;
}

/** Compared by their hashes, so that neither time nor length tells anything. */
function checkToken(request: HttpRequest, token: string): void {
  const shown = /^Bearer +(\S+)$/i.exec(fieldValue(request.fields, 'authorization') ?? '')?.[1] ?? '';
  if (!timingSafeEqual(digest(shown), digest(token))) {
    throw new Problem('unauthorised', 'show the token of this gateway: Authorization: Bearer …');
  }
}

function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
