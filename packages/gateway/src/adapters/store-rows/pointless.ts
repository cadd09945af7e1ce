import { compareRevisions, isSentLater, type Revision } from '@isched/itip';
import type { DeliveryId } from '../../ports/delivery.ts';
import type { LeftOut } from '../../ports/queue-admin.ts';
import type { Submission, Supersedes, SupersedesOf } from '../../ports/submission.ts';
import { type HeadRow, submissionHead } from './queue-rows.ts';

/** What there is to know of a message to say whether it takes another one's place, or another takes its. */
export interface SaidRow {
  readonly method: string;
  readonly instance: string;
  /** Null: its revision is not known. */
  readonly sequence: number | null;
  readonly stamp: string | null;
}

export const saidColumns = 's.method, s.instance, s.sequence, s.stamp';

/** How a revision is kept. @throws nothing. */
export function revisionColumns({ revision }: Submission): Pick<SaidRow, 'sequence' | 'stamp'> {
  return { sequence: revision?.sequence ?? null, stamp: revision?.stamp ?? null };
}

/** Says whether a message that is added makes one of its chain pointless that is not final. @throws nothing. */
export function isPointless(older: SaidRow & { readonly originator: string }, added: Submission): boolean {
  const { originator, method, instance, supersedes } = added;
  if (older.originator.toLowerCase() !== originator.toLowerCase()) return false;
  return takesPlace({ method, instance, ...revisionColumns(added) }, older, supersedes);
}

/** A message says all that another one said, and not something older. */
function takesPlace(newer: SaidRow, older: SaidRow, { methods, instances }: Supersedes): boolean {
  const isAboutIt = instances === 'all' || older.instance === newer.instance;
  return methods.includes(older.method) && isAboutIt && !isOlder(newer, older);
}

/** Says whether what one message says is older than what another does; where that is not known it is not. */
function isOlder(one: SaidRow, other: SaidRow): boolean {
  const [left, right] = [revisionOf(one), revisionOf(other)];
  if (!left || !right) return false;
  return one.instance === other.instance ? compareRevisions(left, right) === 'older' : isSentLater(right, left);
}

function revisionOf({ sequence, stamp }: SaidRow): Revision | undefined {
  return sequence === null ? undefined : { sequence, stamp: stamp ?? undefined };
}

/** A delivery that was given up. */
export interface DeadRow extends SaidRow {
  readonly id: number;
  readonly has_text: boolean | number;
}

/** Another delivery of its chain, whatever became of it. */
export interface OtherRow extends SaidRow, HeadRow {
  readonly id: number;
}

/** Why a delivery that was given up is not to be tried again; undefined: it is. @throws nothing. */
export function whyLeftOut(
  dead: DeadRow,
  others: readonly OtherRow[],
  supersedesOf: SupersedesOf,
): LeftOut | undefined {
  const delivery = String(dead.id) as DeliveryId;
  if (others.some((other) => outdates(other, dead, supersedesOf))) return { delivery, reason: 'pointless' };
  return dead.has_text ? undefined : { delivery, reason: 'text-forgotten' };
}

/** The order of submission decides, unless the revisions say otherwise. */
function outdates(other: OtherRow, dead: DeadRow, supersedesOf: SupersedesOf): boolean {
  return (other.id > dead.id || isOlder(dead, other)) && takesPlace(other, dead, supersedesOf(submissionHead(other)));
}
