import { fieldValue, type HttpRequest, type HttpResponse } from '@isched/runtime';
import type { Abortable } from '@isched/values';
import { z } from 'zod';
import { OriginatorNotOurs } from '../outbound/ask.ts';
import { type Followed, type FollowDeps, followToTheEnd } from '../outbound/follow.ts';
import { MessageTooLarge } from '../outbound/enqueue.ts';
import type { Submit } from '../outbound/submit.ts';
import { isFinal } from '../ports/delivery.ts';
import { IdempotencyKeyReused } from '../ports/delivery-queue.ts';
import type { SubmissionId } from '../ports/submission.ts';
import { valid, waitSchema } from './parameters.ts';
import { jsonResponse, Problem } from './problem.ts';
import { deliveryAsJson, type OutcomeJson, outcomeAsJson, readSubmission } from './submission.ts';
import type { WaitingRoom } from './waiting.ts';

/** Longest content of a message. Octets. */
const maxContentOctets = 4_194_304;

export interface MessagesDeps extends FollowDeps {
  readonly submit: Submit;
  readonly waiting: WaitingRoom;
}

/** What became of a message until now. */
export interface MessageJson {
  readonly submission: string;
  /** Something is still to come. */
  readonly pending: boolean;
  /** In the order of the recipients. */
  readonly outcomes: readonly OutcomeJson[];
}

/** `POST /api/v1/messages`. 200: all outcomes are there; 202: some are still to come. @throws Problem. */
export async function postMessage(
  request: HttpRequest,
  { submit, waiting }: MessagesDeps,
  options: Abortable,
): Promise<HttpResponse> {
  const { waitMs: asked, ...submission } = readSubmission(await request.readContent(maxContentOctets, options));
  const idempotencyKey = readIdempotencyKey(request);
  const submitted = await waiting.wait(asked, (waitMs) =>
    named(submit(submission, { ...options, idempotencyKey, waitMs })),
  );
  if (submitted.kind === 'asked') return jsonResponse(200, { outcomes: submitted.outcomes.map(outcomeAsJson) });
  const message = messageAsJson(submitted.id, submitted.deliveries);
  return jsonResponse(message.pending ? 202 : 200, { ...message, repeated: submitted.repeated });
}

/** `GET /api/v1/messages/ID`: waits until all outcomes are there, or for a time. @throws Problem. */
export async function getMessage(
  { id, query }: { readonly id: string; readonly query: URLSearchParams },
  deps: MessagesDeps,
  options: Abortable,
): Promise<HttpResponse> {
  const { wait } = valid(z.strictObject({ wait: waitSchema }), Object.fromEntries(query));
  const deliveries = await deps.waiting.wait(wait * 1000, (waitMs) =>
    followToTheEnd(id as SubmissionId, { waitMs, ...options }, deps),
  );
  if (deliveries.length === 0) throw new Problem('not-found', `there is no message ${id}, or it was forgotten`);
  return jsonResponse(200, messageAsJson(id, deliveries));
}

function messageAsJson(submission: string, deliveries: readonly Followed[]): MessageJson {
  const pending = deliveries.some(({ state }) => !isFinal(state));
  return { submission, pending, outcomes: deliveries.map(deliveryAsJson) };
}

/** A text in quotes, as the header's draft has it, or bare. */
function readIdempotencyKey({ fields }: HttpRequest): string | undefined {
  const value = fieldValue(fields, 'idempotency-key')?.trim();
  if (value === undefined) return undefined;
  const key = /^"(.*)"$/.exec(value)?.[1] ?? value;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new Problem('invalid-idempotency-key', 'an idempotency key has 1 to 255 printable characters');
}

async function named<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof OriginatorNotOurs || error instanceof IdempotencyKeyReused) {
      throw new Problem(error.code, error.message, { cause: error });
    }
    if (error instanceof MessageTooLarge) throw new Problem('content-too-long', error.message, { cause: error });
    throw error;
  }
}
