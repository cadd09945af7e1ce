import {
  type Clock,
  FetchError,
  type FetchRequest,
  type FetchResponse,
  type GuardedFetch,
  maxRedirects,
  nextHop,
  redirected,
} from '@isched/runtime';
import type { Abortable } from '@isched/values';
import type { Candidate } from './location.ts';

/** One request that was made, and what came of it. */
export interface Attempt {
  readonly url: string;
  /** Missing where there was no answer. */
  readonly status?: number | undefined;
  /** How long it took. Milliseconds. */
  readonly ms: number;
  /** Why it led to nothing: a FetchError, or why a redirect was not followed. For our own record. */
  readonly cause?: unknown;
}

/** What is asked, without where. */
export type Question = Pick<FetchRequest, 'method' | 'fields' | 'content'>;

/**
 * Makes the request, with the Authorization meant for the first origin or without: it may be signed, so that without it
 * the request is signed anew.
 */
export type Compose = (authorization: string | undefined) => Promise<Question>;

export interface AskDeps {
  readonly fetch: GuardedFetch;
  readonly clock: Clock;
}

export interface AskLimits extends Abortable {
  /** Of each attempt. Milliseconds. */
  readonly timeoutMs: number;
  /** Longest answer. Octets. */
  readonly maxContentOctets: number;
}

/** What asking came to. */
export type Asked = { readonly attempts: readonly Attempt[] } & (
  | { readonly status: 'answered'; readonly response: FetchResponse }
  /** No candidate could be reached, or its answer not be taken: each one's failure. */
  | { readonly status: 'unreachable'; readonly failures: readonly FetchError[] }
  /** A redirect that must not be followed, or one too many. */
  | { readonly status: 'misdirected'; readonly response: FetchResponse; readonly why: string }
);

/**
 * Asks the candidates in their order until one answers, following redirects: method and content stay, and Authorization
 * is not carried to another origin.
 *
 * @throws the signal's reason when aborted; what `compose` throws.
 * @see RFC 2782; iSchedule digest §1.3, §1.5.
 */
export async function askReceiver(
  question: { readonly candidates: readonly Candidate[]; readonly compose: Compose },
  deps: AskDeps,
  limits: AskLimits,
): Promise<Asked> {
  const attempts: Attempt[] = [];
  const failures: FetchError[] = [];
  for (const candidate of question.candidates) {
    const asked = await askCandidate(candidate, question.compose, { ...deps, limits, attempts });
    if (!(asked instanceof FetchError)) return { ...asked, attempts };
    failures.push(asked);
    if (wasReached(asked)) break;
  }
  return { status: 'unreachable', failures, attempts };
}

interface Errand extends AskDeps {
  readonly limits: AskLimits;
  readonly attempts: Attempt[];
}

type Answer =
  | { readonly status: 'answered'; readonly response: FetchResponse }
  | { readonly status: 'misdirected'; readonly response: FetchResponse; readonly why: string };

async function askCandidate(candidate: Candidate, compose: Compose, errand: Errand): Promise<Answer | FetchError> {
  let request = requestFor(candidate, await compose(candidate.authorization));
  for (let redirects = 0; ; redirects++) {
    const response = await attempt(request, errand);
    if (response instanceof FetchError) return response;
    const next = nextHop(response, request);
    if (!next) return { status: 'answered', response };
    const why = next instanceof URL ? (redirects === maxRedirects ? 'too-many-redirects' : undefined) : next.fault;
    if (!(next instanceof URL) || why !== undefined) return misdirected(errand.attempts, response, why ?? '');
    const left = redirected(request, next);
    request =
      left.fields === request.fields || !hasAuthorization(request) || hasAuthorization(left)
        ? left
        : { ...left, ...(await compose(undefined)) };
  }
}

async function attempt(
  request: FetchRequest,
  { fetch, clock, limits, attempts }: Errand,
): Promise<FetchResponse | FetchError> {
  const startedAt = clock.now();
  const { timeoutMs, maxContentOctets, signal } = limits;
  try {
    const response = await fetch(request, { timeoutMs, maxContentOctets, ...(signal ? { signal } : {}) });
    attempts.push({ url: request.url, status: response.status, ms: clock.now() - startedAt });
    return response;
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    attempts.push({ url: request.url, ms: clock.now() - startedAt, cause: error });
    return error;
  }
}

function misdirected(attempts: Attempt[], response: FetchResponse, why: string): Answer {
  const last = attempts.pop();
  if (last) attempts.push({ ...last, cause: why });
  return { status: 'misdirected', response, why };
}

/**
 * It answered, only not so that it can be read: another candidate would do the message a second time. Where it did not answer in
 * time nobody knows whether it took the message; the others are the same receiver, and get the same signed request under the
 * same message id now, as any of them would at the next try.
 */
function wasReached(failure: FetchError): boolean {
  return failure.code === 'response-too-long' || failure.code === 'response-malformed';
}

function requestFor(candidate: Candidate, question: Question): FetchRequest {
  const { url, certificateNames } = candidate;
  return { ...question, url, ...(certificateNames ? { certificateNames } : {}) };
}

function hasAuthorization(request: FetchRequest): boolean {
  return request.fields.some((field) => field.name.toLowerCase() === 'authorization');
}
