import { latin1FromOctets, octetsFromLatin1 } from '@isched/values';
import { contentSimple } from '../canonicalization/content-simple.ts';
import { contentCanonicalizations } from '../canonicalization/table.ts';

/** Another way to come from the same content to octets, which some signer or proxy is known to take. */
export interface ContentVariant {
  readonly name: string;
  /** What happened, in one sentence for people. */
  readonly meaning: string;
  /** @param content - as it came; @param canonical - as we hash it. */
  readonly octets: (content: Uint8Array, canonical: Uint8Array) => Uint8Array;
}

/** In the order in which they are tried; more than one may fit. */
export const contentVariants: readonly ContentVariant[] = [
  {
    name: 'as-received',
    meaning: 'the content was hashed as it came, its line ends at the end neither dropped nor added',
    octets: (content) => content,
  },
  {
    name: 'final-crlf-absent',
    meaning: 'the content was hashed without a CRLF at its end',
    octets: (_, canonical) => canonical.subarray(0, endsInCrlf(canonical) ? -2 : undefined),
  },
  {
    name: 'lf-line-ends',
    meaning: 'the content was hashed with LF line ends and came with CRLF',
    octets: (_, canonical) => octetsFromLatin1(withLineFeeds(canonical)),
  },
  {
    name: 'lf-line-ends-final-absent',
    meaning: 'the content was hashed with LF line ends and none at its end, and came with CRLF',
    octets: (_, canonical) => octetsFromLatin1(withLineFeeds(canonical).replace(/\n$/, '')),
  },
  {
    name: 'crlf-line-ends',
    meaning: 'the content was hashed with CRLF line ends and came with LF',
    octets: (content) =>
      contentSimple.canonicalize(octetsFromLatin1(latin1FromOctets(content).replace(/\r?\n/g, '\r\n'))),
  },
  {
    name: 'empty',
    meaning: 'nothing was hashed: the signer had no content, or took it for read',
    octets: () => Buffer.from('\r\n'),
  },
  ...contentCanonicalizations.map((canonicalization) => ({
    name: `content-${canonicalization.name}`,
    meaning: `the content was canonicalized as ${canonicalization.name}, whatever c= says`,
    octets: (content: Uint8Array) => canonicalization.canonicalize(content),
  })),
];

function endsInCrlf(octets: Uint8Array): boolean {
  return octets.at(-2) === 0x0d && octets.at(-1) === 0x0a;
}

function withLineFeeds(octets: Uint8Array): string {
  return latin1FromOctets(octets).replaceAll('\r\n', '\n');
}
