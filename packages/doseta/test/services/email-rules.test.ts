import { describe, expect, it } from 'vitest';
import { createVerifier, email, type KeyLookup } from '../../src/index.ts';
import { keyData, rsaKey } from '../support/keys.ts';
import { messageOf } from '../support/messages.ts';
import {
  type Pair,
  type ReferenceOptions,
  referenceRelaxedContent,
  referenceRelaxedLine,
  referenceSign,
  sha256Base64,
} from '../support/reference-signer.ts';
import { tagsWith } from '../support/requests.ts';
import { absent, clockAt, found, scriptedKeys, unavailable } from '../support/world.ts';

const mail: readonly Pair[] = [
  ['Received', ' from x by y'],
  ['From', ' Alice\r\n <a@example.com>'],
  ['To', '  b@example.org ,  c@example.org'],
];
const content = 'Hello  there \r\n\r\n';

/** As RFC 6376 has it: each time a name is listed, the next instance from the bottom. */
function relaxedLines(names: readonly string[], pairs: readonly Pair[]): string {
  const left = [...pairs];
  return names
    .map((name) => {
      const at = left.findLastIndex(([other]) => other.toLowerCase() === name.toLowerCase());
      const [pair] = at === -1 ? [] : left.splice(at, 1);
      return pair ? referenceRelaxedLine(pair) : '';
    })
    .join('');
}

function signature(
  tags: Readonly<Record<string, string | undefined>> = {},
  options: Partial<ReferenceOptions> = {},
): Pair {
  return referenceSign(mail, {
    key: rsaKey().privateKey,
    tags: tagsWith({ c: 'relaxed/relaxed', ...tags }),
    signedNames: ['From', 'To'],
    content,
    contentHash: sha256Base64(referenceRelaxedContent(content)),
    lines: relaxedLines,
    ownLine: referenceRelaxedLine,
    ...options,
  });
}

function verify(
  signatures: readonly Pair[],
  answer: KeyLookup = found(`v=DKIM1; s=email; p=${keyData(rsaKey().publicKey)}`),
) {
  const keySources = [scriptedKeys('dns/txt', answer)];
  const verifier = createVerifier({ template: email, keySources, clock: clockAt(1_795_358_000) });
  return verifier.verify(messageOf([...signatures, ...mail], content));
}

describe('the email template', () => {
  it('[DO-1.21] passes where any signature does, whatever the others are', async () => {
    const verification = await verify([signature({ d: 'localhost' }), ['DKIM-Signature', 'garbage'], signature()]);
    expect(verification.verdicts?.map(({ status }) => status)).toEqual(['fail', 'fail', 'pass']);
    expect(verification).toMatchObject({ status: 'pass', signature: { signingDomain: 'example.com' } });
  });

  it('[DO-1.21] can not tell where none passes and one might', async () => {
    expect(await verify([signature({ v: '2' }), signature()], unavailable)).toMatchObject({ status: 'tempfail' });
  });

  it("[DO-1.21] fails for the first one's reason where all fail", async () => {
    expect(await verify([signature(), signature({ v: '2' })], absent)).toMatchObject({
      status: 'fail',
      reason: 'key-missing',
    });
  });

  it('[DO-1.21] takes a repeated name for the next instance, and one too many for none', async () => {
    const names = ['From', 'To', 'To', 'Received', 'From'];
    expect(await verify([signature({}, { signedNames: names })])).toMatchObject({ status: 'pass', quirks: [] });
  });

  it('[DO-1.21] verifies the part of the content that l= names', async () => {
    const part = sha256Base64(referenceRelaxedContent(content).slice(0, 5));
    expect(await verify([signature({ l: '5' }, { contentHash: part })])).toMatchObject({
      status: 'pass',
      signature: { contentLength: 5 },
    });
    expect(await verify([signature({ l: '1000' })])).toMatchObject({ reason: 'content-length-mismatch' });
  });

  it('[DO-1.21] wants From signed', async () => {
    expect(await verify([signature({}, { signedNames: ['To'] })])).toMatchObject({ reason: 'field-unsigned' });
  });

  it('[DO-1.21] wants a key for email', async () => {
    const answer = found(`v=DKIM1; s=ischedule; p=${keyData(rsaKey().publicKey)}`);
    expect(await verify([signature()], answer)).toMatchObject({ reason: 'key-service-mismatch' });
  });

  it('looks at sixteen signatures and no further', async () => {
    const { verdicts } = await verify([
      ...Array.from({ length: 16 }, (): Pair => ['DKIM-Signature', 'x']),
      signature(),
    ]);
    expect(verdicts?.map(({ status }) => status)).toEqual(Array(16).fill('fail'));
  });
});
