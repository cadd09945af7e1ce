/**
 * Goes through a text line by line: CRLF, LF and bare CR end a line (also mixed, and CR CR LF, which some mail gateways
 * make), a line that begins with a blank continues the one before.
 */
export interface LineReader {
  /** Where the next line begins. */
  position: number;
  /** The number of the physical line on which the current line begins, from 1. */
  lineNumber: number;
  /** The current line, unfolded: this text from `start` to `end`. */
  text: string;
  start: number;
  end: number;
  /** Goes on to the next line; false at the end. */
  next(): boolean;
}

/**
 * Makes a line reader. Each character is looked at a bounded number of times, whatever the text.
 *
 * @param text - the whole text.
 * @param start - where the first line begins.
 * @param maxLength - code units of one unfolded line; a longer one is cut off there, so that the caller can refuse it.
 * @throws nothing.
 * @see RFC 5545 §3.1.
 */
export function createLineReader(text: string, start: number, maxLength: number): LineReader {
  const endOfLine = /\r(?:[^\r\n]|$)/.test(text) ? createMixedEnds(text) : createNewlineEnds(text);
  let physicalLine = 0;
  const reader: LineReader = {
    position: start,
    lineNumber: 1,
    text,
    start,
    end: start,
    next() {
      if (reader.position >= text.length) return false;
      reader.lineNumber = ++physicalLine;
      const ends = endOfLine(reader.position);
      reader.text = text;
      reader.start = reader.position;
      reader.end = ends.content;
      reader.position = ends.next;
      if (isBlank(text.charCodeAt(ends.next))) unfold();
      return true;
    },
  };
  function unfold(): void {
    let line = text.slice(reader.start, reader.end);
    while (isBlank(text.charCodeAt(reader.position)) && line.length <= maxLength) {
      const ends = endOfLine(reader.position + 1);
      line += text.slice(reader.position + 1, ends.content);
      reader.position = ends.next;
      physicalLine++;
    }
    reader.text = line;
    reader.start = 0;
    reader.end = line.length;
  }
  return reader;
}

interface Ends {
  /** Where the line's content ends. */
  content: number;
  /** Where the next line begins. */
  next: number;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Every CR stands before a LF: lines end at LF. */
function createNewlineEnds(text: string): (from: number) => Ends {
  const ends: Ends = { content: 0, next: 0 };
  return (from) => {
    const at = text.indexOf('\n', from);
    ends.next = at === -1 ? text.length : at + 1;
    ends.content = at === -1 ? text.length : at;
    while (ends.content > from && text.charCodeAt(ends.content - 1) === carriageReturn) ends.content--;
    return ends;
  };
}

/** A run of CRs ends a line with or without a LF after it. The next LF is remembered, or a text of CRs were quadratic. */
function createMixedEnds(text: string): (from: number) => Ends {
  const ends: Ends = { content: 0, next: 0 };
  let nextNewline = -1;
  let nextReturn = -1;
  const find = (character: string, from: number): number => {
    const at = text.indexOf(character, from);
    return at === -1 ? text.length : at;
  };
  return (from) => {
    if (nextNewline < from) nextNewline = find('\n', from);
    if (nextReturn < from) nextReturn = find('\r', from);
    ends.content = Math.min(nextNewline, nextReturn);
    ends.next = ends.content;
    while (text.charCodeAt(ends.next) === carriageReturn) ends.next++;
    if (text.charCodeAt(ends.next) === newline) ends.next++;
    return ends;
  };
}
