import {
  explain,
  type Difference,
  type Explanation,
  type KeySource,
  type PartExplanation,
  type SignedMessage,
} from '@isched/doseta';
import { ischedule } from '@isched/ischedule';
import type { RequestJudgement } from './judge-request.ts';

/** What an explanation may draw on. */
export interface ExplainSources {
  readonly judgement: RequestJudgement;
  /** Asked for the key where the judgement did not get as far. */
  readonly keySources: readonly KeySource[];
  /** The request as it was sent. */
  readonly sent?: SignedMessage | undefined;
}

/**
 * Shows what was hashed of a request, and what may explain a difference.
 *
 * @throws nothing for what a peer may have sent.
 */
export async function explainRequest(request: SignedMessage, sources: ExplainSources): Promise<Explanation> {
  const keyRecord = sources.judgement.keyRecord ?? (await findRecord(sources));
  return explain(request, { template: ischedule, keyRecord, against: sources.sent });
}

async function findRecord({ judgement: { signature }, keySources }: ExplainSources): Promise<string | undefined> {
  if (!signature) return undefined;
  for (const source of keySources) {
    const lookup = await source.lookup(signature);
    if (lookup.status === 'found') return lookup.records.find((record) => /p\s*=\s*[^;\s]/.test(record));
  }
  return undefined;
}

/** The same for people; octets that would not show are written out: `\r\n`, `\t`, `\x00`. @throws nothing. */
export function formatExplanation({ problem, header, content, differences }: Explanation): string {
  return [
    ...(problem === null ? [] : [`Problem: ${problem}.`, '']),
    ...(header ? part('Header', header) : []),
    ...(content ? part('Content', content) : []),
    ...(differences
      ? [...difference('Header', differences.header), ...difference('Content', differences.content)]
      : []),
  ].join('\n');
}

function part(
  name: string,
  { canonicalization, octets, computedHash, claimedHash, matches, variants }: PartExplanation,
): readonly string[] {
  const verdict = matches === null ? "can't be told without the key" : matches ? 'the same' : 'different';
  return [
    `${name}, ${canonicalization}, as we hash it:`,
    ...octets.split(/(?<=\n)/).map((line) => `  ${visible(line)}`),
    `  our hash:     ${computedHash}`,
    `  signer's hash: ${claimedHash ?? 'not shown by this signature'} (${verdict})`,
    ...variants.map((variant) => `  would have passed: ${variant.name}. ${variant.meaning}`),
    '',
  ];
}

function difference(name: string, found: Difference | null): readonly string[] {
  if (!found) return [`${name}: the canonical octets are those that were sent.`];
  return [
    `${name}: the first octet that differs is number ${found.offset}, in line ${found.line}:`,
    `  sent:     ${visible(found.sent.context)}`,
    `  received: ${visible(found.received.context)}`,
  ];
}

function visible(text: string): string {
  return text
    .replace(/\\/g, '\\\\')
    .replace(/\r/g, '\\r')
    .replace(/\n/g, '\\n')
    .replace(/\t/g, '\\t')
    .replace(/[\x00-\x1f\x7f-\xff]/g, (octet) => `\\x${octet.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
