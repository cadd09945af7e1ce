import { parseTagList, splitAtColons, type TagList, TagListError, withoutWhiteSpace } from '../tag-list.ts';

/** What a domain publishes about one key. */
export interface KeyRecord {
  /** `k=`. */
  readonly keyType: string;
  /** `h=`: the hashes the key may be used with; undefined: any. */
  readonly hashes: readonly string[] | undefined;
  /** `p=`: base64 without white space; empty: the key is revoked. */
  readonly keyData: string;
  /** `s=`: the services the key is for; `*`: every one. */
  readonly services: readonly string[];
  /** `t=y`: the owner only tries this out. */
  readonly testing: boolean;
  /** `t=s`: the key speaks for the domain itself, not for its sub-domains. */
  readonly strictDomain: boolean;
}

/** Why a text is no key record. */
export class KeyRecordError extends Error {
  override readonly name = 'KeyRecordError';
  readonly code = 'key-record-malformed';
}

// The record of an RSA key of 16384 bits, four times what we verify, has under 3 KB.
const maxRecordLength = 8_192;
const version = 'DKIM1';

/**
 * Reads one key record: the strings of a TXT record joined, or a line of a key document.
 *
 * @returns the record; unknown tags, `n=` and the former `g=` are left out.
 * @throws KeyRecordError when it is longer than 8192 octets, no tag list, has no `p=`, or a `v=` that is not `DKIM1` or
 *   not the first tag.
 * @see RFC 6376 §3.6.1.
 */
export function parseKeyRecord(text: string): KeyRecord {
  const tags = readTags(text);
  const [first] = tags.keys();
  if (tags.has('v') && (first !== 'v' || tags.get('v') !== version)) throw new KeyRecordError('not a v=DKIM1 record');
  const keyData = tags.get('p');
  if (keyData === undefined) throw new KeyRecordError('no p= tag');
  const flags = listOf(tags, 't') ?? [];
  return {
    keyType: tags.get('k') ?? 'rsa',
    hashes: listOf(tags, 'h'),
    keyData: withoutWhiteSpace(keyData),
    services: listOf(tags, 's') ?? ['*'],
    testing: flags.includes('y'),
    strictDomain: flags.includes('s'),
  };
}

function readTags(text: string): TagList {
  if (text.length > maxRecordLength) throw new KeyRecordError(`longer than ${maxRecordLength} octets`);
  try {
    return parseTagList(text);
  } catch (error) {
    if (error instanceof TagListError) throw new KeyRecordError(error.message, { cause: error });
    throw error;
  }
}

function listOf(tags: TagList, name: string): readonly string[] | undefined {
  const value = tags.get(name);
  return value === undefined ? undefined : splitAtColons(value);
}
