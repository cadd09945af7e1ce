import type { CalAddress } from '@isched/icalendar';
import { octetsFromText } from '@isched/values';
import { admits, unsupportedRscales } from '../capabilities/admits.ts';
import type { Capabilities } from '../capabilities/capabilities.ts';
import type { Asked } from '../discovery/ask.ts';
import type { Candidate } from '../discovery/location.ts';
import { formatAs } from '../wire/calendar-format.ts';
import type { Errand, Job } from './errand.ts';
import type { Verdict } from './outcomes.ts';
import { postRequest } from './post.ts';
import { messageFor, writtenAddress } from './prepare.ts';
import { readVerdicts } from './read-verdicts.ts';
import { signedRequest } from './request.ts';

/** What came of one request: one verdict for each of its recipients, and the exchange, if there was one. */
export interface Sent {
  readonly verdicts: readonly Verdict[];
  readonly asked?: Asked | undefined;
}

/**
 * Sends one request, if the receiver's capabilities admit it: make the object, weigh it, sign, post, read the answer.
 *
 * @throws the signal's reason when aborted; what the signer throws.
 */
export async function sendRequest(
  to: {
    readonly candidates: readonly Candidate[];
    readonly capabilities: Capabilities;
    readonly recipients: readonly CalAddress[];
  },
  job: Job,
  { deps, limits, abortable }: Errand,
): Promise<Sent> {
  const { recipients, candidates, capabilities } = to;
  const { message, object, messageId } = job;
  const { originator, mediaType = 'text/calendar' } = message;
  const itip = messageFor(object, message.itip, { originator, recipients });
  const content = octetsFromText(formatAs(mediaType, itip.calendar));
  const breach =
    admits({ itip, mediaType, contentOctets: content.length }, capabilities) ?? rscaleBreach(itip, capabilities);
  if (breach) return { verdicts: recipients.map(() => ({ status: 'failed', by: 'capabilities', ...breach })) };
  const parts = {
    itip,
    messageId,
    originator: writtenAddress(object, originator),
    recipients: recipients.map((recipient) => writtenAddress(object, recipient)),
    mediaType,
    content,
    userAgent: limits.userAgent,
  };
  const asked = await postRequest(
    { candidates, compose: (authorization) => signedRequest({ ...parts, authorization }, deps.signer, job) },
    deps,
    { timeoutMs: limits.timeoutMs, maxContentOctets: limits.maxResponseOctets, ...abortable },
  );
  const realTime = itip.componentType === 'VFREEBUSY';
  return { asked, verdicts: readVerdicts(asked, { recipients, mediaType, realTime, now: deps.clock.now() }) };
}

function rscaleBreach(
  itip: Parameters<typeof unsupportedRscales>[0],
  capabilities: Capabilities,
): { readonly fault: 'invalid-scheduling-message'; readonly description: string } | undefined {
  const [rscale] = unsupportedRscales(itip, capabilities);
  if (rscale === undefined) return undefined;
  return { fault: 'invalid-scheduling-message', description: `RSCALE=${rscale.slice(0, 40)} is not taken.` };
}
