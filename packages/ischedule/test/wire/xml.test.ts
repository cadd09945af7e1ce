import { octetsFromText } from '@isched/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeXml, escapeXml, parseXml, XmlError } from '../../src/wire/xml.ts';

function codeOf(text: string): string | undefined {
  try {
    parseXml(text);
    return undefined;
  } catch (error) {
    if (error instanceof XmlError) return error.code;
    throw error;
  }
}

const many = (of: (index: number) => string): string =>
  Array.from({ length: 100_001 }, (_, index) => of(index)).join(' ');

describe('reading XML', () => {
  it('[Q51, IS-5.13] resolves namespaces, whatever the prefix', () => {
    const one = parseXml('<I:error xmlns:I="urn:ietf:params:xml:ns:ischedule"><I:max-recipients/></I:error>');
    const two = parseXml('<error xmlns="urn:ietf:params:xml:ns:ischedule"><max-recipients/></error>');
    expect(one).toEqual(two);
    expect([one.namespace, one.name]).toEqual(['urn:ietf:params:xml:ns:ischedule', 'error']);
  });

  it('[Q58] joins escaped text and CDATA, and leaves comments out', () => {
    expect(parseXml('<a>1 &lt; <!-- no --><![CDATA[2 & ]]>3&#33;</a>').text).toBe('1 < 2 & 3!');
  });

  it.each([
    ['an entity bomb', '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>', 'doctype'],
    ['an external entity', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 'doctype'],
    ['a doctype of HTML', '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN"><html></html>', 'doctype'],
    ['an unknown entity', '<a>&nbsp;</a>', 'not-well-formed'],
    ['an open element', '<a><b></a>', 'not-well-formed'],
    ['two roots', '<a/><b/>', 'not-well-formed'],
    ['an unbound prefix', '<x:a/>', 'not-well-formed'],
    ['plain text', 'DKIM signature invalid', 'not-well-formed'],
    ['nothing', '', 'not-well-formed'],
    ['what is 65 deep', '<a>'.repeat(65) + '</a>'.repeat(65), 'too-deep'],
    ['what is 30,000 deep', '<a>'.repeat(30_000), 'too-deep'],
    ['more attributes than anybody writes', `<a ${many((index) => `b${index}="1"`)}/>`, 'too-many-elements'],
    ['more namespaces than there are', `<a ${many((index) => `xmlns:n${index}="u"`)}/>`, 'too-many-elements'],
    ['more elements than anybody answers', `<a>${'<b/>'.repeat(100_000)}</a>`, 'too-many-elements'],
  ])('refuses %s', (_what, text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it('takes 64 levels', () => {
    expect(codeOf('<a>'.repeat(64) + '</a>'.repeat(64))).toBeUndefined();
  });

  it('keeps an attribute named __proto__ from becoming one', () => {
    expect(Object.getPrototypeOf(parseXml('<a __proto__="x" b="1"/>').attributes)).toBe(Object.prototype);
  });
});

describe('octets to text', () => {
  it('follows a BOM, a declaration, else takes UTF-8', () => {
    const text = '<a>é</a>';
    expect(decodeXml(octetsFromText(text))).toBe(text);
    expect(decodeXml(Buffer.from(`\ufeff${text}`, 'utf16le'))).toBe(text);
    expect(decodeXml(Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', 'latin1'))).toContain('é');
    for (const nonsense of ['x-nonsense', 'ISO-8859-12', 'iso-8859-99', 'utf-16']) {
      expect(decodeXml(octetsFromText(`<?xml version="1.0" encoding="${nonsense}"?><a>é</a>`))).toContain('é');
    }
  });
});

describe('writing XML', () => {
  it('escapes what is markup and drops what XML 1.0 forbids', () => {
    expect(escapeXml('a<b>&"c"')).toBe('a&lt;b&gt;&amp;&quot;c&quot;');
    expect(escapeXml('1\u00002\u00083\u000b4\u001f5\ufffe6\ud8007\udc008')).toBe('12345678');
    expect(escapeXml('tab\tline\nreturn\r😀')).toBe('tab\tline\nreturn\r😀');
  });

  it('reads back whatever was written', () => {
    // The parser turns CR LF and CR into LF, as every XML parser must.
    const allowed = fc
      .string({ unit: 'binary' })
      .map((text) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').replace(/\r\n?/g, '\n'));
    fc.assert(
      fc.property(allowed, (text) => {
        expect(parseXml(`<a b="x">${escapeXml(text)}</a>`).text).toBe(text);
      }),
    );
  });

  it('is well-formed for any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(codeOf(`<a>${escapeXml(text)}</a>`)).toBeUndefined();
      }),
    );
  });
});
