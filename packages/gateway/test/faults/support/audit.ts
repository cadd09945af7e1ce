import { calAddressKey, parameter, parseCalAddress, properties } from '@isched/icalendar';
import type { Decision, DeliveryState, QueuedDelivery, Store, StoredObject } from 'isched';
import { explainReason } from '../../../src/decisions/catalogue.ts';
import { eventOf, gist, type Invitation, organizer } from './meetings.ts';

/** Both ends, after all that could be done was done. */
export interface Ends {
  /** Of the organizer's gateway. */
  readonly alpha: Store;
  /** Of the rooms'. */
  readonly beta: Store;
}

export interface AuditOptions {
  /** How invitations and answers may have ended besides `delivered`. Default: no other way. */
  readonly alsoEnded?: readonly DeliveryState[] | undefined;
}

/**
 * Follows every invitation from its submission to the answer in the organizer's calendar: what was acknowledged is there and
 * has ended; what was delivered had its effect once, as it was submitted, and one answer; nothing else was done.
 *
 * @returns what is not so, in sentences; empty: all is well.
 */
export async function audit(
  invitations: readonly Invitation[],
  ends: Ends,
  { alsoEnded = [] }: AuditOptions = {},
): Promise<readonly string[]> {
  const invited = new Set(invitations.flatMap(({ rooms }) => rooms));
  const books: Books = {
    alpha: await readBooks(ends.alpha, [organizer]),
    beta: await readBooks(ends.beta, [...invited]),
  };
  const known = new Set(invitations.map(({ uid }) => uid));
  const ended = new Set<DeliveryState>(['delivered', ...alsoEnded]);
  return [
    ...invitations.flatMap((invitation) => submissionFaults(invitation, books)),
    ...invitations.flatMap((invitation) =>
      invitation.rooms.flatMap((room) => effectFaults({ invitation, room, ended }, books)),
    ),
    ...strangers(known, books),
  ];
}

/** What one end has written down, by UID. */
interface Book {
  readonly deliveries: ReadonlyMap<string, readonly QueuedDelivery[]>;
  readonly decisions: ReadonlyMap<string, readonly Decision[]>;
  /** By the user's address, then by UID. */
  readonly objects: ReadonlyMap<string, ReadonlyMap<string, StoredObject>>;
}

interface Books {
  readonly alpha: Book;
  readonly beta: Book;
}

const everything = 1_000_000;

async function readBooks(store: Store, users: readonly string[]): Promise<Book> {
  const deliveries = await store.read((view) => view.queue.list({}, { limit: everything }));
  const decisions = await store.read((view) => view.decisions.latest(everything));
  const objects = new Map<string, ReadonlyMap<string, StoredObject>>();
  for (const address of users) {
    const list = await store.read(async (view) => {
      const user = await view.directory.findUser(calAddressKey(parseCalAddress(address)));
      return user ? view.objects.list(user.id) : [];
    });
    objects.set(address, new Map(list.map((object) => [object.uid, object])));
  }
  return {
    deliveries: groupBy(deliveries, ({ submission }) => submission.uid),
    decisions: groupBy(decisions, ({ uid }) => uid ?? ''),
    objects,
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  return Map.groupBy(items, keyOf);
}

/** Acknowledged: it is there. There: wholly, and once. */
function submissionFaults({ uid, acknowledged, rooms: invited }: Invitation, { alpha }: Books): readonly string[] {
  const deliveries = alpha.deliveries.get(uid) ?? [];
  const own = alpha.objects.get(organizer)?.get(uid);
  if (deliveries.length === 0 && !own) return acknowledged ? [`${uid}: acknowledged and lost`] : [];
  const faults: string[] = [];
  if (!own) faults.push(`${uid}: in the queue, but not in the organizer’s calendar`);
  const recipients = deliveries.map(({ recipient }) => recipient).toSorted();
  if (recipients.join() !== invited.toSorted().join())
    faults.push(`${uid}: is to be sent to ${recipients.join() || 'nobody'}`);
  return faults;
}

interface Followed {
  readonly invitation: Invitation;
  readonly room: string;
  readonly ended: ReadonlySet<DeliveryState>;
}

function effectFaults({ invitation, room, ended }: Followed, { alpha, beta }: Books): readonly string[] {
  const { uid } = invitation;
  const delivery = alpha.deliveries.get(uid)?.find(({ recipient }) => recipient === room);
  if (!delivery) return [];
  const says = (what: string): string => `${uid} to ${room}: ${what}`;
  const faults: string[] = [];
  if (!ended.has(delivery.state))
    faults.push(says(`${delivery.state}, ${delivery.reason}, ${delivery.requestStatus}, ${delivery.detail}`));
  const isDelivered = delivery.state === 'delivered';
  const effects = applied(beta.decisions.get(uid) ?? [], { direction: 'inbound', recipient: room });
  faults.push(...effects.odd.map((reason) => says(`arrived as ${reason}`)));
  if (effects.times > 1 || (isDelivered && effects.times === 0))
    faults.push(says(`had its effect ${effects.times} times`));
  const object = beta.objects.get(room)?.get(uid);
  if (effects.times > 0 !== (object !== undefined))
    faults.push(says(object ? 'stored, and not decided' : 'decided, and not stored'));
  if (object && gist(eventOf(object.text)) !== `${invitation.summary} at ${invitation.start}`)
    faults.push(says(`stored as ${gist(eventOf(object.text))}`));
  return [...faults, ...answerFaults({ invitation, room, ended }, { alpha, beta, effects: effects.times }).map(says)];
}

/** One effect, one answer, which arrives once. */
function answerFaults(
  { invitation: { uid }, room, ended }: Followed,
  { alpha, beta, effects }: Books & { readonly effects: number },
): readonly string[] {
  const answers = (beta.deliveries.get(uid) ?? []).filter(({ submission }) => submission.originator === room);
  const faults: string[] = [];
  if (answers.length !== effects) faults.push(`has ${answers.length} answers`);
  for (const { state, reason, detail } of answers)
    if (!ended.has(state)) faults.push(`its answer is ${state}, ${reason}, ${detail}`);
  const delivered = answers.filter(({ state }) => state === 'delivered').length;
  const arrived = applied(alpha.decisions.get(uid) ?? [], { direction: 'inbound', originator: room });
  faults.push(...arrived.odd.map((reason) => `its answer arrived as ${reason}`));
  if (arrived.times < delivered || arrived.times > effects) faults.push(`its answer arrived ${arrived.times} times`);
  const own = alpha.objects.get(organizer)?.get(uid);
  const event = own && eventOf(own.text);
  const line = event && properties(event, 'ATTENDEE').find(({ value }) => value === room);
  const stands = line && parameter(line, 'PARTSTAT');
  if (arrived.times > 0 && stands !== 'ACCEPTED') faults.push(`the organizer’s calendar has ${stands} for its answer`);
  return faults;
}

/** How often something was done, and reasons that are neither doing it nor the same again. */
function applied(
  decisions: readonly Decision[],
  of: Partial<Pick<Decision, 'direction' | 'originator' | 'recipient'>>,
): { readonly times: number; readonly odd: readonly string[] } {
  const reasons = decisions
    .filter((decision) => Object.entries(of).every(([name, value]) => decision[name as keyof Decision] === value))
    .map(({ reason }) => reason);
  const isDone = (reason: string): boolean => explainReason(reason)?.verdict === 'applied';
  return {
    times: reasons.filter(isDone).length,
    odd: reasons.filter((reason) => !isDone(reason) && reason !== 'repeated'),
  };
}

/** What nobody submitted; that a message was refused before it was read is written down without its UID. */
function strangers(known: ReadonlySet<string>, { alpha, beta }: Books): readonly string[] {
  const uids = [alpha, beta].flatMap(({ deliveries, decisions, objects }) => [
    ...deliveries.keys(),
    ...decisions.keys(),
    ...[...objects.values()].flatMap((list) => [...list.keys()]),
  ]);
  const done = [alpha, beta].flatMap(({ decisions }) => applied(decisions.get('') ?? [], {}).times);
  return [
    ...[...new Set(uids)].filter((uid) => uid !== '' && !known.has(uid)).map((uid) => `${uid}: nobody submitted that`),
    ...done.filter((times) => times > 0).map((times) => `no UID: done ${times} times`),
  ];
}
