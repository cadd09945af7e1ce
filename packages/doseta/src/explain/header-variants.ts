import { latin1FromOctets, octetsFromLatin1 } from '@isched/values';
import { fieldsByName } from '../canonicalization/fields-by-name.ts';
import { headerCanonicalizations } from '../canonicalization/table.ts';
import { unfold, withoutBlanksAround } from '../canonicalization/white-space.ts';
import type { Field, HeaderCanonicalization } from '../service-template.ts';
import { withoutSignatureValue } from '../signature-field.ts';
import { headerToSign } from '../signed-data.ts';

/** Another way to come from the same fields to octets, which some signer is known to take. */
export interface HeaderVariant {
  readonly name: string;
  /** What the signer did, in one sentence for people. */
  readonly meaning: string;
  readonly octets: (signed: SignedHeader) => Uint8Array;
}

/** What a header was signed with. */
export interface SignedHeader {
  readonly canonicalization: HeaderCanonicalization;
  readonly signedNames: readonly string[];
  /** Every field but the signature's own. */
  readonly fields: readonly Field[];
  /** The signature's own, as it came. */
  readonly signatureField: Field;
}

/**
 * The header octets as we hash them.
 *
 * @throws nothing.
 */
export function ourHeader(signed: SignedHeader): Uint8Array {
  return withCanonicalization(signed, signed.canonicalization);
}

/** In the order in which they are tried; more than one may fit. */
export const headerVariants: readonly HeaderVariant[] = [
  {
    name: 'signature-value-blanks-kept',
    meaning: 'the blanks around the value of b= were hashed',
    octets: (signed) => headerToSign({ ...signed, signatureField: emptied(signed.signatureField, 'kept') }),
  },
  {
    name: 'signature-line-end-kept',
    meaning: 'the signature field was hashed with a CRLF at its end',
    octets: (signed) => Buffer.concat([ourHeader(signed), Buffer.from('\r\n')]),
  },
  {
    name: 'lf-line-ends',
    meaning: 'the lines of the header were hashed with LF instead of CRLF between them',
    octets: (signed) => octetsFromLatin1(latin1FromOctets(ourHeader(signed)).replaceAll('\r\n', '\n')),
  },
  {
    name: 'fields-unjoined',
    meaning: 'fields of one name were hashed line by line, not joined with commas',
    octets: (signed) => withSteps(signed, { join: 'apart' }),
  },
  {
    name: 'fields-joined-with-blank',
    meaning: 'fields of one name were joined with a comma and a blank, which was kept',
    octets: (signed) => withSteps(signed, { join: 'comma-blank', blanksAroundCommas: 'kept' }),
  },
  {
    name: 'comma-blanks-kept',
    meaning: 'the blanks around commas were hashed',
    octets: (signed) => withSteps(signed, { blanksAroundCommas: 'kept' }),
  },
  {
    name: 'fields-unjoined-comma-blanks-kept',
    meaning: 'fields of one name were hashed line by line, and the blanks around commas with them',
    octets: (signed) => withSteps(signed, { join: 'apart', blanksAroundCommas: 'kept' }),
  },
  {
    name: 'blank-runs-kept',
    meaning: 'runs of blanks inside values were hashed as they came',
    octets: (signed) => withSteps(signed, { blankRuns: 'kept' }),
  },
  {
    name: 'repeated-names-hashed-each-time',
    meaning: 'a name that stands more than once in h= was hashed as often',
    octets: (signed) => withSteps(signed, { repeatedNames: 'each-time' }),
  },
  ...headerCanonicalizations.map((canonicalization) => ({
    name: `header-${canonicalization.name}`,
    meaning: `the header was canonicalized as ${canonicalization.name}, whatever c= says`,
    octets: (signed: SignedHeader) => withCanonicalization(signed, canonicalization),
  })),
];

function withCanonicalization(signed: SignedHeader, canonicalization: HeaderCanonicalization): Uint8Array {
  return headerToSign({ ...signed, canonicalization, signatureField: emptied(signed.signatureField, 'removed') });
}

function emptied(field: Field, blanks: 'removed' | 'kept'): Field {
  return { name: field.name, value: withoutSignatureValue(field.value, blanks) };
}

// Each repeat takes the whole line again: a stranger's thousand of them would fill the memory.
const maxRepeats = 100;

/** The steps of ischedule-relaxed that signers are known to take differently. Left out: as the draft has them. */
interface Steps {
  readonly join?: 'apart' | 'comma-blank';
  readonly blanksAroundCommas?: 'kept';
  readonly blankRuns?: 'kept';
  readonly repeatedNames?: 'each-time';
}

function withSteps(signed: SignedHeader, steps: Steps): Uint8Array {
  return withCanonicalization(signed, {
    name: 'variant',
    canonicalize: (names, fields) => lines(names, fields, steps),
  });
}

function lines(signedNames: readonly string[], fields: readonly Field[], steps: Steps): string {
  const byName = fieldsByName(fields);
  const eachTime = steps.repeatedNames === 'each-time' && signedNames.length <= maxRepeats;
  const names = eachTime ? signedNames : [...new Set(signedNames)];
  return names.flatMap((name) => linesOf(name, byName.get(name) ?? [], steps)).join('');
}

function linesOf(name: string, fields: readonly Field[], steps: Steps): readonly string[] {
  if (fields.length === 0) return [];
  const values = fields.map((field) => unfold(field.value));
  const joined = steps.join === 'apart' ? values : [values.join(steps.join === 'comma-blank' ? ', ' : ',')];
  return joined.map((value) => `${name}:${relaxed(value, steps)}\r\n`);
}

/** Each step is written out once more, so that leaving one out does not touch what is hashed for real. */
function relaxed(value: string, { blankRuns, blanksAroundCommas }: Steps): string {
  const collapsed = blankRuns === 'kept' ? value : value.replace(/[\t ]+/g, ' ');
  const trimmed = withoutBlanksAround(collapsed);
  return blanksAroundCommas === 'kept' ? trimmed : trimmed.replace(/(?<![\t ])[\t ]*,[\t ]*/g, ',');
}
