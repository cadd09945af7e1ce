import { systemClock, systemRandom } from '@isched/runtime';
import type { Abortable } from '@isched/values';
import { Problem, problemResponse } from '../admin/problem.ts';
import { allRoles, composeNode, type Node, type Role, stopDeadlineMs, withLog } from './compose.ts';
import type { Config } from './config/schema.ts';
import { HttpListener } from './http-listener.ts';
import type { Logger } from './log.ts';
import { type ManagementRoutes, managementRoutes } from './routes.ts';
import { whenStoreIsThere } from './when-store-is-there.ts';

/** A running gateway. Disposing of it stops it: no more connections, what is under way is answered, the store closed. */
export interface Gateway extends AsyncDisposable {
  /** Reads the certificates anew. */
  reloadCertificates(): Promise<void>;
}

export interface StartOptions extends Abortable {
  /** Default: all. */
  readonly roles?: ReadonlySet<Role> | undefined;
}

/**
 * Puts a gateway together and starts it. Its management listener answers from the beginning: the database of a node may come
 * later than the node, and is waited for.
 *
 * @throws ConfiguredKeyError, CertificateError; StoreUnavailable where waiting does not help; the system's error when an
 * address is taken; the signal's reason. Nothing runs on then.
 */
export async function startGateway(
  config: Config,
  log: Logger,
  { roles = new Set(allRoles), signal }: StartOptions = {},
): Promise<Gateway> {
  const desk = openDesk(roles);
  const listener = new HttpListener(withLog(desk.handlers, log), config.management.address);
  await using opening = new AsyncDisposableStack();
  opening.defer(async () => void (await listener.stop({ deadlineMs: stopDeadlineMs })));
  log.info({ address: await listener.start() }, 'management listens');
  const compose = (): Promise<Node> => composeNode({ config, log, roles, signal });
  const waiting = { clock: systemClock, random: systemRandom, log, signal };
  const node = config.store.type === 'postgres' ? await whenStoreIsThere(compose, waiting) : await compose();
  desk.serve(node.management);
  opening.move(); // and stopped in the other order: what the node is asked needs the node
  return {
    reloadCertificates: () => node.reloadCertificates(),
    async [Symbol.asyncDispose]() {
      desk.serve(nothingYet(roles));
      node.endWaiting();
      await listener.stop({ deadlineMs: stopDeadlineMs });
      await node[Symbol.asyncDispose]();
    },
  };
}

interface Desk {
  readonly handlers: ReturnType<typeof managementRoutes>;
  /** Answers with these from now on. */
  serve(routes: ManagementRoutes): void;
}

/** What the management listener answers: that it lives, and else what it has. */
function openDesk(roles: ReadonlySet<Role>): Desk {
  let routes = nothingYet(roles);
  return {
    handlers: managementRoutes({
      ready: (options) => routes.ready(options),
      more: (request, options) => routes.more?.(request, options) ?? Promise.resolve(undefined),
    }),
    serve: (other) => void (routes = other),
  };
}

function nothingYet(roles: ReadonlySet<Role>): ManagementRoutes {
  const unavailable = new Problem('unavailable', 'the gateway waits for its store');
  return {
    ready: () => Promise.resolve(false),
    more: ({ target }) =>
      Promise.resolve(roles.has('admin') && target.startsWith('/api/') ? problemResponse(unavailable) : undefined),
  };
}
