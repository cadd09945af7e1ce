import { type AskDeps, askReceiver, type AskLimits, type Asked, type Compose } from '../discovery/ask.ts';
import type { Candidate } from '../discovery/location.ts';

/**
 * Sends a request to a receiver: each candidate in turn, redirects followed, and signed once unless an Authorization has
 * to be left behind.
 *
 * @param compose - makes and signs the request, with the Authorization it is given.
 * @throws the signal's reason when aborted; what `compose` throws.
 */
export function postRequest(
  request: { readonly candidates: readonly Candidate[]; readonly compose: Compose },
  deps: AskDeps,
  limits: AskLimits,
): Promise<Asked> {
  const signed = new Map<string | undefined, ReturnType<Compose>>();
  const composeOnce: Compose = (authorization) => {
    const kept = signed.get(authorization) ?? request.compose(authorization);
    signed.set(authorization, kept);
    return kept;
  };
  return askReceiver({ candidates: request.candidates, compose: composeOnce }, deps, limits);
}
