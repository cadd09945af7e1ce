import { LRUCache } from 'lru-cache';
import type { PublicKey } from '../algorithms/algorithm.ts';
import { algorithms } from '../algorithms/table.ts';
import { decodeAnyBase64 } from '../base64.ts';
import { type KeyRecord, KeyRecordError, parseKeyRecord } from './key-record.ts';

/** A record that was read once: its tags, and its key where there is one in it. */
export interface KnownKey {
  readonly text: string;
  readonly record: KeyRecord;
  readonly publicKey: PublicKey | undefined;
}

/** Reads records and remembers them. Undefined: not a key record. */
export type KnownKeys = (text: string) => KnownKey | undefined;

/**
 * Keeps what was read of each record: parsing a key costs two to seven times what verifying with it does.
 *
 * @param maxKeys - the least recently used record goes first. Default 1000, about 4 MB.
 * @throws TypeError when maxKeys is no positive whole number.
 */
export function createKnownKeys(maxKeys = 1_000): KnownKeys {
  const known = new LRUCache<string, KnownKey>({ max: maxKeys });
  return (text) => {
    const kept = known.get(text);
    if (kept) return kept;
    const read = readKey(text);
    if (read) known.set(text, read);
    return read;
  };
}

/**
 * Reads a record and the key in it.
 *
 * @returns nothing when it is no key record; no publicKey when `p=` holds no key of the kind that `k=` says.
 * @throws nothing.
 */
export function readKey(text: string): KnownKey | undefined {
  try {
    const record = parseKeyRecord(text);
    return { text, record, publicKey: publicKeyOf(record) };
  } catch (error) {
    if (error instanceof KeyRecordError) return undefined;
    throw error;
  }
}

function publicKeyOf(record: KeyRecord): PublicKey | undefined {
  const keyData = decodeAnyBase64(record.keyData);
  const algorithm = Object.values(algorithms).find((candidate) => candidate.keyType === record.keyType);
  return keyData && algorithm?.readPublicKey(keyData);
}
