import { SaxesParser, type SaxesTagNS } from 'saxes';
import type { Octets } from '@isched/values';

/** One element. `text` joins the element's own character data, CDATA sections included, in order. */
export interface XmlElement {
  readonly namespace: string;
  readonly name: string;
  /** Attributes without a namespace, by name. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** Why octets are no XML that we read. */
export type XmlErrorCode = 'not-well-formed' | 'other-document' | 'doctype' | 'too-deep' | 'too-many-elements';

/** A document that is not taken. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
  readonly code: XmlErrorCode;
  constructor(code: XmlErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The parser's work for namespaces grows with the square of the depth; ours are four deep. */
const maxDepth = 64;
/** Elements and attributes together: ten thousand recipients with eight of them each, and some. */
const maxNodes = 100_000;

interface OpenElement {
  readonly namespace: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  readonly text: string[];
}

/**
 * Reads a document into a tree: namespaces resolved, comments and processing instructions left out.
 *
 * @param text - the document; a BOM may be there.
 * @returns its root.
 * @throws XmlError when it is not well-formed, has a document type declaration, is deeper than 64 elements, or has more
 * than 100,000 elements and attributes.
 */
export function parseXml(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let count = 0;
  const countNode = (): void => {
    if (++count > maxNodes) throw new XmlError('too-many-elements', `more than ${maxNodes} elements and attributes`);
  };
  parser.on('doctype', () => {
    throw new XmlError('doctype', 'a document type declaration is not allowed');
  });
  // An attribute is told as it is read, before its element is: not one more is kept past the limit.
  parser.on('attribute', countNode);
  parser.on('opentag', (tag) => {
    if (open.length >= maxDepth) throw new XmlError('too-deep', `elements more than ${maxDepth} deep`);
    countNode();
    open.push({ namespace: tag.uri, name: tag.local, attributes: plainAttributes(tag), children: [], text: [] });
  });
  const addText = (data: string): void => {
    open.at(-1)?.text.push(data);
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const closed = open.pop();
    if (!closed) return;
    const element: XmlElement = { ...closed, text: closed.text.join('') };
    const parent = open.at(-1);
    if (parent) parent.children.push(element);
    else root = element;
  });
  try {
    parser.write(text).close();
  } catch (error) {
    if (error instanceof XmlError) throw error;
    throw new XmlError('not-well-formed', 'the document is not well-formed XML', { cause: error });
  }
  if (!root) throw new XmlError('not-well-formed', 'the document has no element');
  return root;
}

/**
 * Octets of a document as text: by its BOM, else by its declaration, else UTF-8. What cannot be decoded is replaced:
 * a peer's stray octet in a description is no reason to lose its answer.
 *
 * @throws nothing.
 */
export function decodeXml(octets: Octets): string {
  if (octets[0] === 0xfe && octets[1] === 0xff) return new TextDecoder('utf-16be').decode(octets);
  if (octets[0] === 0xff && octets[1] === 0xfe) return new TextDecoder('utf-16le').decode(octets);
  const head = Buffer.from(octets.buffer, octets.byteOffset, Math.min(octets.byteLength, 128)).toString('latin1');
  const declared = /^<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']/.exec(head)?.[1]?.toLowerCase();
  return decoderOf(declared).decode(octets);
}

const utf8 = new TextDecoder();

/** Named ones only: what claims UTF-16 and could be read as far as here is none. */
function decoderOf(declared: string | undefined): InstanceType<typeof TextDecoder> {
  if (declared === undefined || !/^(?:iso-8859-\d{1,2}|windows-125\d|us-ascii)$/.test(declared)) return utf8;
  try {
    return new TextDecoder(declared);
  } catch {
    return utf8; // ISO-8859-12 and the like: never published
  }
}

/** Sub-elements of a local name, whatever their namespace. @throws nothing. */
export function childrenNamed(element: XmlElement, ...names: readonly string[]): readonly XmlElement[] {
  return element.children.filter((child) => names.includes(child.name));
}

/** The first sub-element of a local name, whatever its namespace. @throws nothing. */
export function childNamed(element: XmlElement, ...names: readonly string[]): XmlElement | undefined {
  return element.children.find((child) => names.includes(child.name));
}

/**
 * Character data, escaped; characters that XML 1.0 forbids are dropped, for nothing can stand for them.
 *
 * @throws nothing.
 */
export function escapeXml(text: string): string {
  return text.replace(special, (character) => escapes[character] ?? '');
}

// Forbidden: C0 but tab, LF and CR; lone surrogates; U+FFFE and U+FFFF. XML 1.0 §2.2.
const special =
  /[&<>"\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function plainAttributes(tag: SaxesTagNS): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = {};
  for (const attribute of Object.values(tag.attributes)) {
    if (attribute.uri === '' && attribute.local !== '__proto__') attributes[attribute.local] = attribute.value;
  }
  return attributes;
}
