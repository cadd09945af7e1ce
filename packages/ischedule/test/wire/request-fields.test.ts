import { latin1FromOctets, octetsFromText } from '@isched/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SchedulingFault } from '../../src/fault.ts';
import {
  fieldFromText,
  headerOctets,
  parseOriginator,
  parseRecipients,
  parseVersions,
  readRequestFields,
  textOfField,
  wireAddress,
} from '../../src/wire/request-fields.ts';

function faultOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof SchedulingFault) return error.code;
    throw error;
  }
}

describe('fields', () => {
  it('[Q13, Q16] finds repeats in order, whatever the case of the name', () => {
    const fields = readRequestFields([
      { name: 'RECIPIENT', value: ' mailto:a@example.org ' },
      { name: 'originator', value: 'mailto:o@example.com' },
      { name: 'Recipient', value: 'mailto:b@example.org' },
      { name: 'X-Recipient', value: 'mailto:c@example.org' },
    ]);
    expect(fields.recipients).toEqual(['mailto:a@example.org', 'mailto:b@example.org']);
    expect(fields.originators).toEqual(['mailto:o@example.com']);
  });

  it('unfolds', () => {
    const fields = readRequestFields([{ name: 'DKIM-Signature', value: ' v=1;\r\n\ta=b;\r\n  c=d' }]);
    expect(fields.signatures).toEqual(['v=1;\ta=b;  c=d']);
  });

  it('is not confused by names that objects inherit', () => {
    expect(() =>
      readRequestFields([
        { name: '__proto__', value: 'x' },
        { name: 'constructor', value: 'x' },
      ]),
    ).not.toThrow();
  });

  it('counts octets as they stand on the wire', () => {
    expect(headerOctets([{ name: 'Host', value: ' example.org' }])).toBe('Host: example.org\r\n'.length + 1);
  });

  it('[IS-3.6] reads a comma list of versions', () => {
    expect(parseVersions(['2.0, 1.0', '0.9'])).toEqual(['2.0', '1.0', '0.9']);
  });
});

describe('Originator', () => {
  it('[IS-3.10] is one field with one URI', () => {
    expect(parseOriginator(['mailto:Bernard@example.com'])).toBe('mailto:Bernard@example.com');
    expect(parseOriginator(['urn:uuid:5e0e1d1c-6fd5-4b4b-8f0f-1d8d3b3f7d1e'])).toContain('urn:uuid:');
  });

  it.each([
    [[], 'originator-missing'],
    [[''], 'originator-missing'],
    [['mailto:a@example.com', 'mailto:a@example.com'], 'too-many-originators'],
    [['mailto:a@example.com, mailto:b@example.com'], 'too-many-originators'],
    [['not a uri'], 'originator-invalid'],
    [['bernard@example.com'], 'originator-invalid'],
    [['mailto:\u00ff@example.com'], 'originator-invalid'],
  ])('[IS-4.6, IS-4.7, IS-4.8] %j is %s', (values, code) => {
    expect(faultOf(() => parseOriginator(values))).toBe(code);
  });
});

describe('Recipient', () => {
  const texts = (values: readonly string[]): readonly string[] => parseRecipients(values, 250).map(({ text }) => text);

  it.each([
    [['mailto:a@example.org', 'mailto:b@example.org']],
    [['mailto:a@example.org,mailto:b@example.org']],
    [['mailto:a@example.org, mailto:b@example.org']],
    [['mailto:a@example.org \t,\tmailto:b@example.org']],
  ])('[IS-3.11, Q16] %j has two members', (values) => {
    expect(texts(values)).toEqual(['mailto:a@example.org', 'mailto:b@example.org']);
  });

  it('[IS-3.40, Q16] takes a bare address as mailto:, keeps its text, and takes other URIs', () => {
    const [bare, urn, http] = parseRecipients(['dave@ts.test, urn:uuid:1-2, https://cal.example/principals/x/'], 250);
    expect(bare).toEqual({ address: 'mailto:dave@ts.test', text: 'dave@ts.test', key: 'mailto:dave@ts.test' });
    expect(urn?.text).toBe('urn:uuid:1-2');
    expect(http?.text).toBe('https://cal.example/principals/x/');
  });

  it('[IS-3.13, IS-3.39] drops duplicates, by meaning and not by octets', () => {
    expect(texts(['mailto:a@example.org, MAILTO:A@EXAMPLE.ORG', 'a@example.org', 'mailto:%61@example.org'])).toEqual([
      'mailto:a@example.org',
    ]);
  });

  it('[IS-3.12] does not split at an encoded comma', () => {
    expect(texts(['mailto:a%2Cb@example.org'])).toEqual(['mailto:a%2Cb@example.org']);
  });

  it.each([
    [[]],
    [['']],
    [['mailto:a@example.org,']],
    [['mailto:a@example.org,,mailto:b@example.org']],
    [['not a uri']],
  ])('[IS-3.14, IS-4.9] %j is recipient-missing', (values) => {
    expect(faultOf(() => parseRecipients(values, 250))).toBe('recipient-missing');
  });

  it('[IS-2.32, IS-4.10] counts them without duplicates', () => {
    const many = Array.from({ length: 250 }, (_, index) => `mailto:u${index}@example.org`);
    expect(parseRecipients([many.join(','), many.join(',')], 250)).toHaveLength(250);
    expect(faultOf(() => parseRecipients([...many, 'mailto:one-more@example.org'], 250))).toBe('max-recipients');
  });

  it('finds the same members however they are spread over fields', () => {
    const members = fc.uniqueArray(fc.stringMatching(/^mailto:[a-z]{1,8}@example\.org$/), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(members, fc.infiniteStream(fc.boolean()), (list, cuts) => {
        const fields: string[] = [];
        for (const member of list) {
          if (fields.length > 0 && cuts.next().value) fields.push(`${fields.pop()} , ${member}`);
          else fields.push(member);
        }
        expect(texts(fields)).toEqual(list);
      }),
    );
  });
});

describe('addresses on the wire', () => {
  it('[IS-3.38, IS-3.12, Q17] has mailto: in lower case and commas encoded, and nothing else changed', () => {
    expect(wireAddress('MAILTO:Bernard.X@Example.COM')).toBe('mailto:Bernard.X@Example.COM');
    expect(wireAddress('mailto:a,b@example.com')).toBe('mailto:a%2Cb@example.com');
    expect(wireAddress('urn:UUID:1')).toBe('urn:UUID:1');
    expect(wireAddress('bernard@example.com')).toBe('mailto:bernard@example.com');
  });

  it('carries text as its UTF-8 octets', () => {
    expect(fieldFromText('mailto:jürgen@example.com')).toBe(
      latin1FromOctets(octetsFromText('mailto:jürgen@example.com')),
    );
    expect(textOfField(fieldFromText('mailto:jürgen@例え.example'))).toBe('mailto:jürgen@例え.example');
    expect(textOfField('\u00ff')).toBeUndefined();
  });
});
