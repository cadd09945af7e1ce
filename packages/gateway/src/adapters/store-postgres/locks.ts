import { hash } from 'node:crypto';
import type { WantedObjects } from '../../ports/calendar-objects.ts';
import type { UserId } from '../../ports/directory.ts';
import { type Session, statement } from './session.ts';

const lockOne = statement('lock', 'SELECT pg_advisory_xact_lock($1::bigint)');
const lockObject = statement(
  'lock_object',
  'SELECT pg_advisory_xact_lock_shared($1::bigint), pg_advisory_xact_lock($2::bigint)',
);

/**
 * Keeps everybody else from one object of a user, which need not be there yet, until this piece of work has ended. The
 * user is shared meanwhile, so that nobody takes a view of all objects as final.
 *
 * @throws TryAgain, StoreUnavailable.
 */
export async function holdObject(session: Session, user: UserId, uid: string): Promise<void> {
  const [owner, object] = [userKey(user), objectKey(user, uid)];
  if (session.holds(alone(owner)) || !session.firstTime(alone(object))) return;
  await session.rows(lockObject, [owner, object]);
}

/** Keeps everybody else from changing any object of a user. @throws TryAgain, StoreUnavailable. */
export async function holdUser(session: Session, user: UserId): Promise<void> {
  await holdKey(session, userKey(user));
}

const lockEach = statement(
  'lock_each',
  `SELECT CASE WHEN shared THEN pg_advisory_xact_lock_shared(key) ELSE pg_advisory_xact_lock(key) END
   FROM unnest($1::bigint[], $2::boolean[]) AS wanted (key, shared)`,
);

/** Keeps everybody else from several objects, in an order that is the same for all. @throws TryAgain, StoreUnavailable. */
export async function holdObjects(session: Session, wanted: readonly WantedObjects[]): Promise<void> {
  const whole = new Set(wanted.flatMap(({ user, uid }) => (uid === undefined ? userKey(user) : [])));
  const shared = new Map([...whole].map((key) => [key, false]));
  for (const { user, uid } of wanted) {
    if (uid === undefined || whole.has(userKey(user))) continue;
    shared.set(userKey(user), true).set(objectKey(user, uid), false);
  }
  const keys = [...shared.keys()].filter((key) => session.firstTime(shared.get(key) ? key : alone(key))).sort();
  if (keys.length > 0) await session.rows(lockEach, [keys, keys.map((key) => shared.get(key) === true)]);
}

/** Keeps everybody else from a thing that has only a name. @throws TryAgain, StoreUnavailable. */
export async function holdNamed(session: Session, ...name: readonly string[]): Promise<void> {
  await holdKey(session, lockKey(...name));
}

async function holdKey(session: Session, key: string): Promise<void> {
  if (session.firstTime(alone(key))) await session.rows(lockOne, [key]);
}

/** How a session remembers a lock that it does not share. */
function alone(key: string): string {
  return `alone ${key}`;
}

function userKey(user: UserId): string {
  return lockKey('user', String(user));
}

function objectKey(user: UserId, uid: string): string {
  return lockKey('object', String(user), uid);
}

const lockAll = statement('lock_all', 'SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key');
const shareAll = statement('share_all', 'SELECT pg_advisory_xact_lock_shared(key) FROM unnest($1::bigint[]) AS key');
const tryOne = statement('try_lock', 'SELECT pg_try_advisory_xact_lock($1::bigint) AS got');

/** Keeps everybody else from things of one kind, always in the same order. @throws TryAgain, StoreUnavailable. */
export async function holdAll(session: Session, kind: string, names: readonly string[]): Promise<void> {
  if (names.length > 0) await session.rows(lockAll, [lockKeys(kind, names)]);
}

/** Keeps others from holding these things alone. @throws TryAgain, StoreUnavailable. */
export async function shareThese(session: Session, kind: string, names: readonly string[]): Promise<void> {
  if (names.length > 0) await session.rows(shareAll, [lockKeys(kind, names)]);
}

const tryEach = statement(
  'try_each',
  'SELECT name FROM unnest($1::bigint[], $2::text[]) AS t (key, name) WHERE pg_try_advisory_xact_lock(key)',
);

/** Holds those of some things that nobody else does. @returns which. @throws TryAgain, StoreUnavailable. */
export async function tryToHoldEach(
  session: Session,
  kind: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const each = [...new Set(names)];
  const rows = await session.rows<{ name: string }>(tryEach, [each.map((name) => keyOf(kind, name)), each]);
  return rows.map(({ name }) => name);
}

/** Holds a thing unless somebody else does. @throws TryAgain, StoreUnavailable. */
export async function tryToHold(session: Session, kind: string, name: string): Promise<boolean> {
  const [row] = await session.rows<{ got: boolean }>(tryOne, [keyOf(kind, name)]);
  return row?.got === true;
}

function lockKeys(kind: string, names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => keyOf(kind, name)))].sort();
}

/**
 * Of these a piece of work may need as many as a message has recipients, and the server's table of locks is small: each kind
 * has so many locks, and things that share one wait for each other.
 */
const manyOfAKind: ReadonlySet<string> = new Set(['queue chain', 'queue domain']);
const locksOfAKind = 1_024;

function keyOf(kind: string, name: string): string {
  if (!manyOfAKind.has(kind)) return lockKey(kind, name);
  const place = hash('sha256', name, 'buffer').readUInt16BE() % locksOfAKind;
  return String((BigInt(lockKey(kind)) & ~BigInt(locksOfAKind - 1)) | BigInt(place));
}

/** Locks are known by 64 bits: two things that share them wait for each other, and that is all. */
function lockKey(...name: readonly string[]): string {
  return hash('sha256', JSON.stringify(['isched', ...name]), 'buffer')
    .readBigInt64BE()
    .toString();
}

/** What keeps two nodes from changing the schema at once. */
export const migrationLock: string = '4995148757353427060';
