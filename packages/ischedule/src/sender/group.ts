import type { CertificateName } from '@isched/runtime';
import type { Candidate, Location } from '../discovery/location.ts';

type Located = Extract<Location, { status: 'located' }>;

/** Recipients that one receiver serves. */
export interface ReceiverGroup<R> {
  readonly receiverId: string;
  readonly candidates: readonly Candidate[];
  readonly recipients: readonly R[];
  /** The same, domain by domain, each with the certificate names that are right for it alone. */
  readonly byDomain: readonly ReceiverGroup<R>[];
}

/** A recipient and where its domain's receiver is. */
export interface LocatedRecipient<R> {
  readonly recipient: R;
  readonly domain: string;
  readonly location: Located;
}

/**
 * Puts recipients with the same receiver together: the draft wants them in one request. A certificate then has to carry a
 * name that is right for each of their domains; where there is no such name the domains stay apart.
 *
 * @returns groups in the order of their first recipient; recipients in their order.
 * @throws nothing.
 * @see iSchedule draft, "Scheduling Request"; digest §3.
 */
export function groupByReceiver<R>(recipients: readonly LocatedRecipient<R>[]): readonly ReceiverGroup<R>[] {
  const byReceiver = Map.groupBy(recipients, ({ location }) => location.receiverId);
  return [...byReceiver.values()].flatMap((members) => {
    const domains = [...Map.groupBy(members, ({ domain }) => domain).values()].map(groupOfOne);
    const [first, second] = domains;
    if (!first || !second) return domains;
    const candidates = sharedCandidates(domains);
    if (!candidates) return domains;
    return [{ ...first, candidates, recipients: members.map(({ recipient }) => recipient), byDomain: domains }];
  });
}

/** Splits recipients into requests of at most so many. @throws nothing. */
export function chunksOf<R>(recipients: readonly R[], max: number): readonly (readonly R[])[] {
  const size = Math.max(1, max);
  return Array.from({ length: Math.ceil(recipients.length / size) }, (_, index) =>
    recipients.slice(index * size, (index + 1) * size),
  );
}

function groupOfOne<R>(members: readonly LocatedRecipient<R>[]): ReceiverGroup<R> {
  const { location } = members[0] as LocatedRecipient<R>;
  const recipients = members.map(({ recipient }) => recipient);
  return { receiverId: location.receiverId, candidates: location.candidates, recipients, byDomain: [] };
}

/** The first domain's candidates, each with the names that all the domains allow for it. */
function sharedCandidates<R>(domains: readonly ReceiverGroup<R>[]): readonly Candidate[] | undefined {
  const [first, ...others] = domains;
  if (domains.every(({ candidates }) => candidates.every(isForHost))) return first?.candidates;
  const shared = first?.candidates.map((candidate) => {
    const names = namesOf(candidate).filter((name) =>
      others.every(({ candidates }) =>
        candidates.some((other) => other.url === candidate.url && namesOf(other).some((one) => sameName(one, name))),
      ),
    );
    return { ...candidate, certificateNames: names };
  });
  return shared?.every((candidate) => candidate.certificateNames.length > 0) ? shared : undefined;
}

/** Any certificate for the URL's host will do. */
function isForHost(candidate: Candidate): boolean {
  return candidate.certificateNames === undefined;
}

function namesOf(candidate: Candidate): readonly CertificateName[] {
  return candidate.certificateNames ?? [];
}

function sameName(one: CertificateName, other: CertificateName): boolean {
  if (one.name !== other.name || one.type !== other.type) return false;
  return one.type === 'dns' || (other.type === 'srv' && one.service === other.service);
}
