import { createPrivateKey, createPublicKey, generateKeyPair as generate, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { algorithms } from '../algorithms/table.ts';
import type { AlgorithmName } from '../service-template.ts';
import { formatTagList } from '../tag-list.ts';
import { keyRecordName } from './dns-txt.ts';
import type { KeyQuery } from './key-source.ts';
import type { SigningKey } from './signing-keys.ts';

/** A key to sign with, and what others verify with. */
export interface KeyPair extends SigningKey {
  readonly publicKey: KeyObject;
}

export interface KeyPairOptions {
  /** Length of an RSA key. Bits; default 2048, from 2048 to 4096. */
  readonly rsaBits?: number | undefined;
}

/**
 * Makes a new key to sign with, in the thread pool.
 *
 * @throws TypeError when the length is out of its range.
 * @see RFC 8301 §3.2; RFC 8463 §6.
 */
export async function generateKeyPair(algorithm: AlgorithmName, options: KeyPairOptions = {}): Promise<KeyPair> {
  const { rsaBits = 2_048 } = options;
  if (rsaBits < 2_048 || rsaBits > 4_096) throw new TypeError('rsaBits: from 2048 to 4096');
  const keys =
    algorithm === 'rsa-sha256'
      ? await promisify(generate)('rsa', { modulusLength: rsaBits })
      : await promisify(generate)('ed25519', {});
  return { algorithm, ...keys };
}

/** Why a text is no key to sign with. */
export class SigningKeyError extends Error {
  override readonly name = 'SigningKeyError';
  readonly code = 'signing-key-unreadable';
}

/**
 * Reads a private key. Its kind says the algorithm.
 *
 * @param pem - PKCS#8, or PKCS#1 for RSA; not encrypted.
 * @throws SigningKeyError when it is no private key, or neither RSA nor Ed25519.
 */
export function parseSigningKey(pem: string): SigningKey {
  const privateKey = readPrivateKey(pem);
  const algorithm = Object.values(algorithms).find(({ keyType }) => keyType === privateKey.asymmetricKeyType);
  if (!algorithm) throw new SigningKeyError(`a key of kind ${privateKey.asymmetricKeyType}: RSA or Ed25519 is needed`);
  return { algorithm: algorithm.name, privateKey };
}

function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new SigningKeyError('not a private key in PEM, or an encrypted one', { cause: error });
  }
}

/**
 * Writes a private key as PKCS#8 PEM, not encrypted; the inverse of `parseSigningKey`.
 *
 * @throws nothing.
 */
export function formatSigningKey({ privateKey }: SigningKey): string {
  return String(privateKey.export({ format: 'pem', type: 'pkcs8' }));
}

/**
 * The record to publish for a key: what a TXT record holds once its strings are joined, and a line of a key document.
 *
 * @param keyService - the one service the key is for: a peer understands no list.
 * @throws TypeError when the key is not of its algorithm's kind.
 * @see RFC 6376 §3.6.1; RFC 8463 §4.
 */
export function keyRecordText({ algorithm, privateKey }: SigningKey, keyService: string): string {
  const kind = algorithms[algorithm];
  const keyData = kind.formatPublicKey(createPublicKey(privateKey));
  return formatTagList([
    ['v', 'DKIM1'],
    ['k', kind.keyType],
    ['s', keyService],
    ['p', Buffer.from(keyData).toString('base64')],
  ]);
}

/** A string of a TXT record has one octet for its length. */
const maxStringOctets = 255;

/**
 * The lines for a zone file: one TXT record, its text split into strings that DNS can carry.
 *
 * @param options.ttlSeconds - default 3600.
 * @throws DomainNameError when the name gets longer than a name may be.
 * @see RFC 1035 §3.3.14, §5.1.
 */
export function zoneFileText(
  query: KeyQuery,
  record: string,
  { ttlSeconds = 3_600 }: { readonly ttlSeconds?: number | undefined } = {},
): string {
  const strings = splitStrings(record).map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`);
  const head = `${keyRecordName(query)}. ${ttlSeconds} IN TXT`;
  return strings.length === 1
    ? `${head} ${strings[0]}\n`
    : `${head} (\n${strings.map((text) => `  ${text}\n`).join('')})\n`;
}

/**
 * Splits a record into the strings of a TXT record.
 *
 * @throws nothing; an empty record is one empty string.
 */
export function splitStrings(record: string): readonly string[] {
  const count = Math.max(1, Math.ceil(record.length / maxStringOctets));
  return Array.from({ length: count }, (_, at) => record.slice(at * maxStringOctets, (at + 1) * maxStringOctets));
}
