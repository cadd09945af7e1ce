import { octetsFromLatin1 } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { formatRawRequest, parseRawRequest, RawRequestError } from '../../src/cli/raw-request.ts';

const parse = (text: string) => parseRawRequest(octetsFromLatin1(text));
const latin1 = (octets: Uint8Array) => Buffer.from(octets).toString('latin1');

describe('a raw HTTP/1.1 request out of a file', () => {
  it('keeps names, order, repeats and the octets after the colon', () => {
    const request = parse('POST /x HTTP/1.1\r\nRecipient: a \r\nrecipient:\tb\r\n\r\nbody');
    expect(request.fields).toEqual([
      { name: 'Recipient', value: ' a ' },
      { name: 'recipient', value: '\tb' },
    ]);
    expect(latin1(request.content)).toBe('body');
  });

  it('reads heads whose lines end in LF, and folds as CRLF and blank', () => {
    const request = parse('POST /x HTTP/1.1\nDKIM-Signature: v=1;\n\ta=b\nX: y\n\nbo\ndy\n');
    expect(request.fields[0]).toEqual({ name: 'DKIM-Signature', value: ' v=1;\r\n\ta=b' });
    expect(request.lineEnd).toBe('\n');
    expect(latin1(request.content)).toBe('bo\ndy\n');
  });

  it('takes the octets after the empty line whatever Content-Length says', () => {
    expect(latin1(parse('POST /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nsixsix').content)).toBe('sixsix');
  });

  it('removes chunked coding, extensions and trailers', () => {
    const request = parse(
      'POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: t\r\n\r\n',
    );
    expect(latin1(request.content)).toBe('abc0123456789');
  });

  it.each([
    ['no request line', 'hello\r\n\r\n'],
    ['a response', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['a line without a colon', 'GET / HTTP/1.1\r\nnonsense\r\n\r\n'],
    ['nothing at all', ''],
    ['a chunk that is cut off', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFF\r\nabc'],
    ['a chunk size that is no number', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n'],
  ])('refuses %s', (_what, text) => {
    expect(() => parse(text)).toThrow(RawRequestError);
  });

  it('adds a field after the others and changes nothing else', () => {
    const text = 'POST /x HTTP/1.1\nA: 1\n\nbody\n';
    expect(latin1(formatRawRequest(parse(text), { name: 'B', value: '2' }))).toBe(
      'POST /x HTTP/1.1\nA: 1\nB: 2\n\nbody\n',
    );
  });

  it('writes chunked content whole, with its length', () => {
    const request = parse('POST /x HTTP/1.1\r\nTransfer-Encoding:\r\n chunked\r\nA: 1\r\n\r\n3\r\nabc\r\n0\r\n\r\n');
    expect(latin1(formatRawRequest(request, { name: 'B', value: '2' }))).toBe(
      'POST /x HTTP/1.1\r\nA: 1\r\nContent-Length: 3\r\nB: 2\r\n\r\nabc',
    );
  });
});
