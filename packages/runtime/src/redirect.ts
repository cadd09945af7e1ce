import type { FetchLimits, FetchRequest, FetchResponse, GuardedFetch } from './fetch.ts';
import { fieldValues } from './http.ts';

/** Why a redirect can't be followed. */
export interface RedirectFault {
  readonly fault:
    | 'location-missing'
    | 'location-malformed' // no URL, or several
    | 'location-not-https'
    | 'method-would-change'; // 303 to what was no GET
}

/** Redirects followed for one request before it is given up. */
export const maxRedirects = 5;

const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Reads where an answer sends us. 301, 302, 307 and 308 keep method and content; 303 is followed for GET only.
 *
 * @returns the URL to ask next, without fragment; why it can't be asked; nothing when the answer is no redirect.
 *   Whether its host may be connected to is the fetch's to check, as at the first hop.
 * @throws nothing.
 * @see RFC 9110 §15.4, §10.2.2 (Location may be relative).
 */
export function nextHop(response: FetchResponse, request: FetchRequest): URL | RedirectFault | undefined {
  if (!redirectStatuses.includes(response.status)) return undefined;
  if (response.status === 303 && request.method !== 'GET') return { fault: 'method-would-change' };
  const [location, ...others] = fieldValues(response.fields, 'Location');
  if (location === undefined || location === '') return { fault: 'location-missing' };
  const url = URL.parse(location, request.url);
  if (!url || others.length > 0) return { fault: 'location-malformed' };
  if (url.protocol !== 'https:') return { fault: 'location-not-https' };
  url.hash = '';
  return url;
}

/**
 * The same request for another URL. Where the origin changes, Authorization is left behind, and the names that the
 * certificate could carry instead of the host's no longer count.
 *
 * @throws nothing.
 */
export function redirected(request: FetchRequest, url: URL): FetchRequest {
  if (URL.parse(request.url)?.origin === url.origin) return { ...request, url: url.href };
  const { certificateNames: _left, ...rest } = request;
  const fields = request.fields.filter((field) => field.name.toLowerCase() !== 'authorization');
  return { ...rest, url: url.href, fields };
}

/** What following redirects came to. */
export type Followed =
  | { readonly status: 'answered'; readonly request: FetchRequest; readonly response: FetchResponse }
  | {
      readonly status: 'stuck';
      readonly request: FetchRequest;
      readonly response: FetchResponse;
      readonly why: string;
    };

/**
 * Asks, and follows at most `maxRedirects` redirects with an unsigned request.
 *
 * @returns the first answer that is no redirect; or the redirect that can't be followed, and why.
 * @throws what the fetch throws, at whichever hop.
 */
export async function followRedirects(
  fetch: GuardedFetch,
  request: FetchRequest,
  limits: FetchLimits = {},
): Promise<Followed> {
  let asked = request;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(asked, limits);
    const next = nextHop(response, asked);
    if (!next) return { status: 'answered', request: asked, response };
    if (!(next instanceof URL)) return { status: 'stuck', request: asked, response, why: next.fault };
    if (redirects === maxRedirects) return { status: 'stuck', request: asked, response, why: 'too-many-redirects' };
    asked = redirected(asked, next);
  }
}
