import { latin1FromOctets } from '@isched/values';

/** Where two runs of octets part. All texts have one code unit, 0–255, for each octet. */
export interface Difference {
  /** Of the first octet that differs; from 0. */
  readonly offset: number;
  /** In which line it lies, as both have it up to there; from 1. */
  readonly line: number;
  readonly received: Excerpt;
  readonly sent: Excerpt;
}

export interface Excerpt {
  /** The octet there; null: the octets end here. */
  readonly octet: number | null;
  /** Up to 20 octets before it, the octet, and up to 20 after it. */
  readonly context: string;
}

const contextOctets = 20;

/**
 * Finds the first octet in which what was received differs from what was sent.
 *
 * @returns null when they are the same.
 * @throws nothing.
 */
export function firstDifference(received: Uint8Array, sent: Uint8Array): Difference | null {
  const shorter = Math.min(received.length, sent.length);
  let offset = 0;
  while (offset < shorter && received[offset] === sent[offset]) offset += 1;
  if (offset === received.length && offset === sent.length) return null;
  return {
    offset,
    line: latin1FromOctets(received.subarray(0, offset)).split('\n').length,
    received: excerpt(received, offset),
    sent: excerpt(sent, offset),
  };
}

function excerpt(octets: Uint8Array, offset: number): Excerpt {
  const around = octets.subarray(Math.max(0, offset - contextOctets), offset + contextOctets + 1);
  return { octet: octets[offset] ?? null, context: latin1FromOctets(around) };
}
