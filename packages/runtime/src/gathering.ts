import type { Octets } from '@isched/values';

/** Content while it arrives. */
export interface Gathering {
  /** @returns false where the limit is passed; the piece was not kept then. */
  add(piece: Octets): boolean;
  /** All that was added, in order. */
  octets(): Octets;
}

const smallest = 4_096;

/**
 * Keeps what arrives in one run of octets, not as a list of pieces: a peer that sends a megabyte octet by octet must not
 * cost a million little objects. What comes in one piece is not copied.
 *
 * @param maxOctets - more is not taken.
 * @throws nothing.
 */
export function createGathering(maxOctets: number): Gathering {
  let room: Octets = new Uint8Array();
  let length = 0;
  return {
    add(piece) {
      const needed = length + piece.length;
      if (needed > maxOctets) return false;
      if (length === 0) {
        room = piece;
      } else {
        if (needed > room.length) room = enlarged(room.subarray(0, length), Math.max(smallest, 2 * needed));
        room.set(piece, length);
      }
      length = needed;
      return true;
    },
    octets: () => room.subarray(0, length),
  };
}

function enlarged(octets: Octets, size: number): Octets {
  const room = Buffer.allocUnsafeSlow(size);
  room.set(octets);
  return room;
}
