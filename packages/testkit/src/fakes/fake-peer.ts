import { isDeepStrictEqual } from 'node:util';
import { FetchError, type FetchRequest, type FetchResponse, fieldValues, type GuardedFetch } from '@isched/runtime';
import { octetsFromText } from '@isched/values';
import { onTestFinished } from 'vitest';

/** A request that a test expects; what is left out is not compared. */
export interface ExpectedRequest {
  readonly method: FetchRequest['method'];
  readonly url: string;
  /** All values of these fields, in order. */
  readonly fields?: Readonly<Record<string, string | readonly string[]>>;
  readonly content?: string;
  readonly certificateNames?: FetchRequest['certificateNames'];
}

/** An answer, written short. */
export interface PeerAnswer {
  readonly status: number;
  readonly fields?: Readonly<Record<string, string | readonly string[]>>;
  readonly content?: string | Uint8Array;
}

export type PeerReaction = PeerAnswer | FetchError | ((request: FetchRequest) => PeerAnswer | FetchError);

/** A peer that answers what the test wrote down, in that order, and nothing else. */
export interface FakePeer {
  readonly fetch: GuardedFetch;
  /** What was asked, in order, the unexpected too. */
  readonly requests: readonly FetchRequest[];
  /** Says what is to come next. */
  expect(request: ExpectedRequest, reaction: PeerReaction): FakePeer;
  /** @throws Error when something unexpected was asked, or something expected was not. Runs by itself after the test. */
  verify(): void;
}

/**
 * Makes a peer for the running test. An unexpected request fails the test, even where the code under test swallows the error.
 *
 * @param options - `by-hand`: nothing is verified but by calling `verify`, for a peer that outlives one test.
 */
export function createFakePeer(options: { readonly verify?: 'after-test' | 'by-hand' } = {}): FakePeer {
  const expected: { readonly request: ExpectedRequest; readonly reaction: PeerReaction }[] = [];
  const requests: FetchRequest[] = [];
  const complaints: string[] = [];
  const complain = (complaint: string): Error => {
    complaints.push(complaint);
    return new Error(complaint);
  };
  const peer: FakePeer = {
    requests,
    expect(request, reaction) {
      expected.push({ request, reaction });
      return peer;
    },
    async fetch(request, limits = {}) {
      limits.signal?.throwIfAborted();
      requests.push(request);
      const next = expected.shift();
      if (!next) throw complain(`unexpected ${request.method} ${request.url}`);
      const difference = differenceOf(request, next.request);
      if (difference !== undefined) throw complain(`${request.method} ${request.url}: ${difference}`);
      const reaction = typeof next.reaction === 'function' ? next.reaction(request) : next.reaction;
      if (reaction instanceof FetchError) throw reaction;
      return responseOf(reaction, limits.maxContentOctets);
    },
    verify() {
      const missing = expected.map(({ request }) => `not asked: ${request.method} ${request.url}`);
      const all = [...complaints, ...missing];
      if (all.length > 0) throw new Error(all.join('\n'));
    },
  };
  if (options.verify !== 'by-hand') onTestFinished(() => peer.verify());
  return peer;
}

function differenceOf(request: FetchRequest, expected: ExpectedRequest): string | undefined {
  if (request.method !== expected.method || request.url !== expected.url) {
    return `expected ${expected.method} ${expected.url}`;
  }
  for (const [name, wanted] of Object.entries(expected.fields ?? {})) {
    const found = fieldValues(request.fields, name);
    if (!isDeepStrictEqual([...found], [wanted].flat())) return `${name} is ${JSON.stringify(found)}`;
  }
  if (expected.content !== undefined && !sameContent(request.content, expected.content)) return 'the content differs';
  const names = expected.certificateNames;
  if (names && !isDeepStrictEqual(request.certificateNames, names)) {
    return `certificate names are ${JSON.stringify(request.certificateNames)}`;
  }
  return undefined;
}

function sameContent(content: Uint8Array | undefined, expected: string): boolean {
  return Buffer.from(content ?? []).equals(octetsFromText(expected));
}

function responseOf(answer: PeerAnswer, maxContentOctets: number | undefined): FetchResponse {
  const content =
    typeof answer.content === 'string' ? octetsFromText(answer.content) : (answer.content ?? new Uint8Array());
  if (maxContentOctets !== undefined && content.length > maxContentOctets) {
    throw new FetchError('response-too-long', 'longer than the caller allows');
  }
  const fields = Object.entries(answer.fields ?? {}).flatMap(([name, values]) =>
    [values].flat().map((value) => ({ name, value })),
  );
  return { status: answer.status, fields, content };
}
