import { formatErrorDocument, protocolVersion, type Receiver } from '@isched/ischedule';
import type { HttpRequest, HttpResponse } from '@isched/runtime';
import { type Abortable, octetsFromText } from '@isched/values';
import type { ListenerHandlers, ListenerTrouble } from './http/listener.ts';

/** What the public listeners answer with. */
export interface PublicRoutes {
  /** Knows its own paths: the well-known ones and those of the configuration. */
  readonly receiver: Receiver;
  readonly capabilities: { current(): { readonly serialNumber: string } };
}

const statusOf: Readonly<Record<ListenerTrouble, number>> = {
  'bad-request': 400,
  'request-timeout': 408,
  'fields-too-large': 431,
  failed: 500,
};

/**
 * Everything a peer may ask is the receiver's to answer. What never became a request gets the receiver's look: version,
 * serial, an error document.
 *
 * @throws nothing.
 * @see iSchedule digest §2, §4.
 */
export function publicRoutes({ receiver, capabilities }: PublicRoutes): Pick<ListenerHandlers, 'handle' | 'refuse'> {
  return {
    handle: (request, options) => receiver.handle(request, options),
    refuse: (trouble, description) => ({
      status: statusOf[trouble],
      fields: [
        { name: 'iSchedule-Version', value: protocolVersion },
        { name: 'iSchedule-Capabilities', value: capabilities.current().serialNumber },
        { name: 'Content-Type', value: 'application/xml; charset=utf-8' },
        { name: 'Cache-Control', value: 'no-cache, no-transform' },
      ],
      content: formatErrorDocument(undefined, description),
    }),
  };
}

/** What the management listener answers with. */
export interface ManagementRoutes {
  /** Says whether messages can be taken now; what it throws, or false, is "not ready". */
  readonly ready: (options: Abortable) => Promise<boolean>;
  /** Further paths; undefined: not one of them. */
  readonly more?: ((request: HttpRequest, options: Abortable) => Promise<HttpResponse | undefined>) | undefined;
}

/**
 * Health endpoints, and what else is managed: `/healthz/live` answers while the process answers at all, `/healthz/ready`
 * while it can take messages.
 *
 * @throws nothing.
 */
export function managementRoutes({ ready, more }: ManagementRoutes): Pick<ListenerHandlers, 'handle' | 'refuse'> {
  return {
    async handle(request, options) {
      const path = request.target.replace(/[?#].*$/s, '');
      const isQuestion = request.method === 'GET' || request.method === 'HEAD';
      if (path === '/healthz/live') return isQuestion ? health(request, true) : text(405, 'GET only');
      if (path === '/healthz/ready')
        return isQuestion ? health(request, await isReady(ready, options)) : text(405, 'GET only');
      return (await more?.(request, options)) ?? text(404, 'nothing is here');
    },
    refuse: (trouble, description) => text(statusOf[trouble], description),
  };
}

async function isReady(ready: ManagementRoutes['ready'], options: Abortable): Promise<boolean> {
  try {
    return await ready(options);
  } catch {
    return false; // whoever failed reports it; a health check only says yes or no
  }
}

function health(request: HttpRequest, fine: boolean): HttpResponse {
  const response = fine ? text(200, 'ok') : text(503, 'not ready');
  return request.method === 'HEAD' ? { ...response, content: new Uint8Array() } : response;
}

function text(status: number, content: string): HttpResponse {
  return {
    status,
    fields: [
      { name: 'Content-Type', value: 'text/plain; charset=utf-8' },
      { name: 'Cache-Control', value: 'no-store' },
    ],
    content: octetsFromText(`${content}\n`),
  };
}
