import { type Component, propertyValue } from '@isched/icalendar';

/** What orders two versions of one component: SEQUENCE, then DTSTAMP. */
export interface Revision {
  readonly sequence: number;
  /** DTSTAMP's digits, which sort as text; absent where the component has none. */
  readonly stamp?: string | undefined;
}

/** How one version stands to another. `unstamped`: same SEQUENCE, and a DTSTAMP is missing, so that nobody can say. */
export type RevisionOrder = 'newer' | 'same' | 'older' | 'unstamped';

/**
 * SEQUENCE and DTSTAMP of a component; what cannot be read counts as 0 and as missing.
 *
 * @throws nothing.
 */
export function revisionOf(component: Component): Revision {
  return {
    sequence: sequenceNumber(propertyValue(component, 'SEQUENCE')),
    stamp: stampDigits(propertyValue(component, 'DTSTAMP')),
  };
}

/**
 * Compares two versions of one component.
 *
 * @see RFC 5546 §2.1.5 rules 2 and 4.
 * @throws nothing.
 */
export function compareRevisions(left: Revision, right: Revision): RevisionOrder {
  if (left.sequence !== right.sequence) return left.sequence > right.sequence ? 'newer' : 'older';
  if (left.stamp === undefined || right.stamp === undefined) return 'unstamped';
  if (left.stamp === right.stamp) return 'same';
  return left.stamp > right.stamp ? 'newer' : 'older';
}

/** A revision as a parameter's text: `3/20261122T143008`. @throws nothing. */
export function formatRevision({ sequence, stamp }: Revision): string {
  return stamp === undefined ? String(sequence) : `${sequence}/${stamp}`;
}

/** Reads what `formatRevision` wrote. @throws nothing; what it can't read counts as the first revision. */
export function parseRevision(text: string | undefined): Revision {
  const [sequence, stamp] = (text ?? '').split('/', 2);
  return { sequence: sequenceNumber(sequence), stamp: stampDigits(stamp) };
}

/**
 * Whether one message was sent after another, for messages about different components of one object, whose SEQUENCEs
 * can't be compared: by DTSTAMP, and where one is missing by SEQUENCE.
 *
 * @throws nothing.
 */
export function isSentLater(one: Revision, other: Revision): boolean {
  if (one.stamp === undefined || other.stamp === undefined) return one.sequence > other.sequence;
  return one.stamp > other.stamp;
}

/** A SEQUENCE value; 0 for what is no whole number. @throws nothing. */
export function sequenceNumber(text: string | undefined): number {
  const trimmed = text?.trim() ?? '';
  return /^\d{1,10}$/.test(trimmed) ? Number(trimmed) : 0;
}

/** `20261122T143008Z`, also without the Z that some forget; undefined for what is no DATE-TIME. @throws nothing. */
export function stampDigits(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^\d{8}T\d{6}Z$/.test(text)) return text.slice(0, -1);
  return /^\s*(\d{8}T\d{6})Z?\s*$/i.exec(text)?.[1]?.toUpperCase();
}
