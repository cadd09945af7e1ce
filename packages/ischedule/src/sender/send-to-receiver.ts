import { type CalAddress, calAddressKey } from '@isched/icalendar';
import type { FetchError } from '@isched/runtime';
import type { EpochMs } from '@isched/values';
import { type CapabilitiesLookup, serialOf } from '../capabilities/cached.ts';
import type { Errand, Job, Keyed, Outcome, SenderDeps } from './errand.ts';
import { chunksOf, type ReceiverGroup } from './group.ts';
import type { Verdict } from './outcomes.ts';
import { verdictOfFailures, verdictOfStatus } from './read-verdicts.ts';
import { type Sent, sendRequest } from './send-request.ts';

type Group = ReceiverGroup<CalAddress>;

/**
 * Sends a message to all recipients of one receiver: in one request, if it takes so many.
 *
 * @throws the signal's reason when aborted.
 */
export async function sendToReceiver(group: Group, job: Job, errand: Errand): Promise<readonly Keyed[]> {
  const { deps, abortable } = errand;
  let lookup = await deps.capabilities.lookup(group, abortable);
  let told = await sendRound({ ...group, lookup, requestsBefore: 0 }, job, errand);
  if (told.nameMismatch && group.byDomain.length > 0) return sendApart(group, job, { ...errand, first: told });
  for (let lowered = 0; lowered < mostLowered; lowered++) {
    const { outcomes, requests } = told;
    const tooMany = group.recipients.filter((recipient) => isTooMany(outcomes.get(calAddressKey(recipient))));
    if (tooMany.length === 0) break;
    // Its capabilities may have changed under us, and it now takes fewer at once: its new ones say how many. Another message
    // may have looked already, so that the serial alone does not tell.
    const now = await deps.capabilities.lookup(group, abortable);
    if (!takesFewer(now, lookup)) break;
    lookup = now;
    const more = await sendRound({ ...group, recipients: tooMany, lookup, requestsBefore: requests }, job, errand);
    told = withMore(told, more);
  }
  return [...told.outcomes];
}

/** So often a receiver may take fewer at once while one message is on its way. */
const mostLowered = 4;

function withMore(told: Round, more: Round): Round {
  const again = [...more.outcomes].map((keyed) => withEarlier(keyed, told));
  return { ...told, requests: told.requests + more.requests, outcomes: new Map([...told.outcomes, ...again]) };
}

/** The certificate is for none of the names that all domains share: each by itself, with its own. */
async function sendApart(
  group: Group,
  job: Job,
  errand: Errand & { readonly first: Round },
): Promise<readonly Keyed[]> {
  const outcomes: Keyed[] = [];
  for (const part of group.byDomain) {
    const sent = await sendToReceiver(part, job, errand);
    outcomes.push(...sent.map((keyed) => withEarlier(keyed, errand.first)));
  }
  return outcomes;
}

/** Where it could not be asked, nobody knows, and that is what is told. One that refuses what it says it takes is not believed again. */
function takesFewer(now: CapabilitiesLookup, before: CapabilitiesLookup): boolean {
  return now.status !== 'known' || maxRecipientsOf(now) < maxRecipientsOf(before);
}

function maxRecipientsOf(lookup: CapabilitiesLookup): number {
  const said = lookup.status === 'known' ? lookup.capabilities.maxRecipients : undefined;
  return Math.max(1, said ?? Number.POSITIVE_INFINITY);
}

function isTooMany(outcome: Outcome | undefined): boolean {
  return outcome?.status === 'failed' && outcome.by === 'peer' && outcome.fault === 'max-recipients';
}

function withEarlier([key, outcome]: Keyed, earlier: Round): Keyed {
  return [key, { ...outcome, attempts: [...(earlier.outcomes.get(key)?.attempts ?? []), ...outcome.attempts] }];
}

interface Round {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly requests: number;
  readonly nameMismatch: boolean;
}

async function sendRound(
  {
    lookup,
    requestsBefore,
    ...group
  }: Group & { readonly lookup: CapabilitiesLookup; readonly requestsBefore: number },
  job: Job,
  errand: Errand,
): Promise<Round> {
  const { deps, limits } = errand;
  if (lookup.status !== 'known') return roundWithout(lookup, group, deps.clock.now());
  const { capabilities } = lookup;
  const max = Math.min(capabilities.maxRecipients ?? limits.maxRecipientsPerRequest, limits.maxRecipientsPerRequest);
  const outcomes = new Map<string, Outcome>();
  let nameMismatch = false;
  const chunks = chunksOf(group.recipients, max);
  for (const [index, recipients] of chunks.entries()) {
    // A peer that knows repeats by their message id must not take the second request for one.
    const number = requestsBefore + index + 1;
    const messageId = number === 1 ? job.messageId : `${job.messageId}.${number}`;
    const to = { candidates: group.candidates, capabilities, recipients };
    const sent = await sendRequest(to, { ...job, messageId }, errand);
    noticeSerial(sent, group, deps);
    nameMismatch ||= sent.asked?.status === 'unreachable' && sent.asked.failures.every(isNameMismatch);
    const attempts = [...lookup.attempts, ...(sent.asked?.attempts ?? [])];
    const told = recipients.map((recipient, place): Keyed => {
      return [calAddressKey(recipient), { ...(sent.verdicts[place] as Verdict), attempts }];
    });
    for (const [key, outcome] of told) outcomes.set(key, outcome);
    // What may be sent once more is told then.
    if (!nameMismatch || group.byDomain.length === 0) errand.tell(told.filter(([, outcome]) => !isTooMany(outcome)));
  }
  return { outcomes, requests: chunks.length, nameMismatch };
}

function noticeSerial({ asked }: Sent, group: Group, deps: SenderDeps): void {
  if (!asked || asked.status === 'unreachable') return;
  deps.capabilities.noticeSerial(group.receiverId, serialOf(asked.response.fields));
}

/** Nothing is sent before the capabilities could be looked at. */
function roundWithout(lookup: Exclude<CapabilitiesLookup, { status: 'known' }>, group: Group, now: EpochMs): Round {
  const outcome: Outcome = { ...verdictOfLookup(lookup, now), attempts: lookup.attempts };
  return {
    outcomes: new Map(group.recipients.map((recipient) => [calAddressKey(recipient), outcome])),
    requests: 0,
    nameMismatch: lookup.status === 'unreachable' && lookup.failures.every(isNameMismatch),
  };
}

/** The verdict where a peer's capabilities can't be had. @throws nothing. */
export function verdictOfLookup(lookup: Exclude<CapabilitiesLookup, { status: 'known' }>, now: EpochMs): Verdict {
  switch (lookup.status) {
    case 'unreachable':
      return verdictOfFailures(lookup.failures);
    case 'unreadable':
      return { status: 'retry', tries: 'few', httpStatus: lookup.response.status, cause: lookup.cause };
    case 'refused': {
      if (lookup.why === undefined) return verdictOfStatus(lookup.response, now);
      const description = `redirect not followed: ${lookup.why}`;
      return { status: 'failed', by: 'peer', httpStatus: lookup.response.status, description };
    }
    default:
      return lookup satisfies never;
  }
}

function isNameMismatch(failure: FetchError): boolean {
  return failure.code === 'certificate-name-mismatch';
}
