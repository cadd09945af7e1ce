import type { HttpRequest, HttpResponse } from '@isched/runtime';
import type { Abortable } from '@isched/values';
import type { OwnCapabilities } from '../capabilities/capabilities.ts';
import { faultStatus, ReceiverRefusal, SchedulingFault, troubleStatus } from '../fault.ts';
import type { AuthenticatedMessage, Envelope, SignedBy } from '../message.ts';
import { protocolVersion } from '../wire/names.ts';
import { authenticate } from './authenticate.ts';
import { type ReceiverDeps, type ReceiverOptions, resolveReceiver, type Setting } from './options.ts';
import { readContent } from './read-content.ts';
import { readEnvelope } from './read-envelope.ts';
import { readMessage } from './read-message.ts';
import { respond, respondWithError, resultsWithoutDelivery } from './respond.ts';
import { answerOptions, readRoute } from './route.ts';
import { createServeCapabilities, type ServeCapabilities } from './serve-capabilities.ts';
import { serveKeys } from './serve-keys.ts';

/** The receiving side of iSchedule: whatever a peer may ask of us, answered. */
export interface Receiver {
  /**
   * Answers a request. Every answer carries version and serial, every refusal is an error document. The answer to HEAD has
   * no content: a listener states no length of its own there.
   *
   * @throws what `deliver` and the hooks throw that is neither a refusal nor a passing trouble; the signal's reason when
   * aborted.
   */
  handle(request: HttpRequest, options?: Abortable): Promise<HttpResponse>;
}

/** @see DESIGN §2; iSchedule digest §1–§5. */
export function createReceiver(deps: ReceiverDeps, options: ReceiverOptions = {}): Receiver {
  const setting = resolveReceiver(deps, options);
  const serveCapabilities = createServeCapabilities(setting);
  return {
    async handle(request, abortable = {}) {
      const capabilities = setting.deps.capabilities.current();
      const progress: Progress = { request };
      const visit: Visit = { setting, capabilities, progress, serveCapabilities, options: abortable };
      try {
        return stamped(await answer(request, visit), capabilities);
      } catch (error) {
        const refusal = refusalOf(error, setting);
        if (!refusal) throw error;
        const response = respondWithError(refusal);
        observeRefusal(refusal, progress, setting);
        return stamped(request.method === 'HEAD' ? { ...response, content: new Uint8Array() } : response, capabilities);
      }
    },
  };
}

/** How far a request got: what a refusal can tell our own record. */
interface Progress {
  readonly request: HttpRequest;
  envelope?: Envelope;
  signedBy?: SignedBy;
}

interface Visit {
  readonly setting: Setting;
  readonly capabilities: OwnCapabilities;
  readonly progress: Progress;
  readonly serveCapabilities: ServeCapabilities;
  readonly options: Abortable;
}

async function answer(request: HttpRequest, visit: Visit): Promise<HttpResponse> {
  const { setting, capabilities, options } = visit;
  const route = readRoute(request, setting);
  switch (route.to) {
    case 'schedule':
      return schedule(request, visit);
    case 'capabilities':
      return visit.serveCapabilities(request, capabilities, route.vocabulary);
    case 'keys':
      return serveKeys(request, { path: route.path, setting }, options);
    case 'options':
      return answerOptions(route.allow);
    default:
      return route satisfies never;
  }
}

/** The table of contents: the steps of a scheduling request, in the protocol's order, one file each. */
async function schedule(request: HttpRequest, visit: Visit): Promise<HttpResponse> {
  const { setting, capabilities, progress, options } = visit;
  const envelope = await readEnvelope(request, visit, options);
  progress.envelope = envelope;
  const content = await readContent(request, capabilities, options);
  const { signedBy, originatorDomain } = await authenticate({ request, content, envelope }, setting, options);
  progress.signedBy = signedBy;
  const itip = readMessage(content, envelope, visit);
  const message = messageOf(envelope, {
    itip,
    content,
    signedBy,
    originatorDomain,
    remoteAddress: request.remoteAddress,
  });
  const results = resultsWithoutDelivery(message, capabilities) ?? (await setting.deps.deliver(message, options));
  const response = respond(message, results);
  const requestStatuses = results.map((result) => result.requestStatus.code);
  setting.deps.observe({
    type: 'answered',
    remoteAddress: request.remoteAddress,
    envelope,
    signedBy,
    itip,
    requestStatuses,
  });
  return response;
}

function messageOf(
  { messageId, originator, recipients, mediaType }: Envelope,
  rest: Omit<AuthenticatedMessage, 'messageId' | 'originator' | 'recipients' | 'mediaType'>,
): AuthenticatedMessage {
  return { messageId, originator, recipients, mediaType, ...rest };
}

function refusalOf(error: unknown, setting: Setting): SchedulingFault | ReceiverRefusal | undefined {
  if (error instanceof SchedulingFault || error instanceof ReceiverRefusal) return error;
  const trouble = setting.deps.troubleOf(error);
  if (!trouble) return undefined;
  const retryAfterSeconds = trouble.retryAfterSeconds ?? setting.retryAfterSeconds;
  const description = 'This service can not take messages now; please try again later.';
  return new ReceiverRefusal(trouble.trouble, description, { cause: error, retryAfterSeconds });
}

function observeRefusal(refusal: SchedulingFault | ReceiverRefusal, progress: Progress, setting: Setting): void {
  const { request, envelope, signedBy } = progress;
  if (request.method !== 'POST') return;
  const isFault = refusal instanceof SchedulingFault;
  setting.deps.observe({
    type: 'refused',
    status: isFault ? faultStatus[refusal.code] : troubleStatus[refusal.trouble],
    reason: isFault ? refusal.code : refusal.trouble,
    description: refusal.description,
    cause: refusal.cause,
    remoteAddress: request.remoteAddress,
    envelope,
    signedBy,
  });
}

/** Version and serial, on every answer: the serial tells a peer that its copy of our capabilities is old. */
function stamped(response: HttpResponse, { serialNumber }: OwnCapabilities): HttpResponse {
  const stamps = [
    { name: 'iSchedule-Version', value: protocolVersion },
    { name: 'iSchedule-Capabilities', value: serialNumber },
  ];
  return { ...response, fields: [...stamps, ...response.fields] };
}
