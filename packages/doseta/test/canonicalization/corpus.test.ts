import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { contentCanonicalizations, headerCanonicalizations } from '../../src/canonicalization/table.ts';
import { corpusFile, corpusIsThere, corpusJson } from '../support/corpus.ts';
import { readMail } from '../support/messages.ts';
import { headerToSign } from '../../src/signed-data.ts';
import { withoutSignatureValue } from '../../src/signature-field.ts';

interface Vectors {
  readonly examples: readonly {
    id: string;
    message: string;
    header: string;
    body: string;
    header_out: string;
    body_out: string;
  }[];
  readonly body_hashes: readonly {
    id: string;
    body: string;
    canonicalization: string;
    canonical: string;
    hash: string;
    base64: string;
  }[];
}
interface SigningInputs {
  readonly vectors: readonly { algorithm: string; selector: string; signing_input: string }[];
}

const find = <T extends { readonly name: string }>(table: readonly T[], name: string): T => {
  const found = table.find((one) => one.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};

describe.skipIf(!corpusIsThere)('canonicalization vectors (skipped where the corpus is absent)', () => {
  const { examples, body_hashes: hashes } = corpusIsThere
    ? (corpusJson('dkim/canonicalization/rfc6376-3.4.json') as Vectors)
    : { examples: [], body_hashes: [] };

  it.each(examples)(
    '[DO-3.4, DO-3.5, DO-3.6] RFC 6376 $id',
    ({ message, header, body, header_out: lines, body_out: content }) => {
      const { fields, content: octets } = readMail(Buffer.from(message, 'latin1'));
      expect(find(headerCanonicalizations, header).canonicalize(['a', 'b'], fields)).toBe(lines);
      expect(Buffer.from(find(contentCanonicalizations, body).canonicalize(octets)).toString('latin1')).toBe(content);
    },
  );

  it.each(hashes)('[DO-3.2] RFC 6376 $id', ({ body, canonicalization, canonical, hash, base64 }) => {
    const octets = find(contentCanonicalizations, canonicalization).canonicalize(Buffer.from(body, 'latin1'));
    expect(Buffer.from(octets).toString('latin1')).toBe(canonical);
    expect(createHash(hash).update(octets).digest('base64')).toBe(base64);
  });

  const inputs = corpusIsThere
    ? (corpusJson('dkim/canonicalization/rfc8463-a3-signing-input.json') as SigningInputs).vectors
    : [];

  it.each(inputs)('[DO-2.21] RFC 8463 A.3, what $algorithm signs', ({ selector, signing_input: expected }) => {
    const { fields } = readMail(corpusFile('dkim/messages/rfc8463/a3.eml'));
    const own = fields.find(({ name, value }) => name === 'DKIM-Signature' && value.includes(`s=${selector};`));
    if (!own) throw new Error('no such signature');
    const octets = headerToSign({
      canonicalization: find(headerCanonicalizations, 'relaxed'),
      signedNames: ['from', 'to', 'subject', 'date', 'message-id', 'from', 'subject', 'date'],
      fields: fields.filter((field) => field !== own),
      signatureField: { name: own.name, value: withoutSignatureValue(own.value, 'removed') },
    });
    expect(Buffer.from(octets).toString('latin1')).toBe(expected);
  });
});
