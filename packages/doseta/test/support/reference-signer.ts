// A second signer, written from the texts of RFC 6376 §3.4, §3.7 and the iSchedule draft, octet by octet and without the
// code under test: what it makes are the vectors. Slow, plain, and only as complete as the tests need.
import { createHash, createPrivateKey, createSign, type KeyObject, sign as signRaw } from 'node:crypto';

export type Pair = readonly [name: string, value: string];

/** Walks the octets once, with a flag for "a blank was seen": no pattern, no replacing. */
function relaxWhiteSpace(value: string): string {
  let out = '';
  let pending = false;
  for (let at = 0; at < value.length; at += 1) {
    const octet = value[at];
    const foldsHere = octet === '\r' && value[at + 1] === '\n' && (value[at + 2] === ' ' || value[at + 2] === '\t');
    if (foldsHere) at += 1;
    else if (octet === ' ' || octet === '\t') pending = true;
    else {
      if (pending && out !== '') out += ' ';
      pending = false;
      out += octet;
    }
  }
  return out;
}

function dropBlanksAtCommas(value: string): string {
  const members = value.split(',');
  return members
    .map((member, at) => {
      const start = at > 0 && member.startsWith(' ') ? 1 : 0;
      const end =
        at < members.length - 1 && member.length > start && member.endsWith(' ') ? member.length - 1 : member.length;
      return member.slice(start, end);
    })
    .join(',');
}

/** The draft's seven steps for one name. */
export function referenceIscheduleLine(name: string, fields: readonly Pair[]): string {
  const wanted = name.toLowerCase();
  const values = fields.filter(([other]) => other.toLowerCase() === wanted).map(([, value]) => value);
  return values.length === 0 ? '' : `${wanted}:${dropBlanksAtCommas(relaxWhiteSpace(values.join(',')))}\r\n`;
}

/** RFC 6376 §3.4.2 for one field. */
export function referenceRelaxedLine([name, value]: Pair): string {
  return `${name.trimEnd().toLowerCase()}:${relaxWhiteSpace(value)}\r\n`;
}

/** RFC 6376 §3.4.3. */
export function referenceSimpleContent(content: string): string {
  let text = content;
  while (text.endsWith('\r\n')) text = text.slice(0, -2);
  return `${text}\r\n`;
}

/** RFC 6376 §3.4.4. */
export function referenceRelaxedContent(content: string): string {
  const lines = content.split('\r\n').map((line) => {
    let out = '';
    for (const octet of line) {
      const blank = octet === ' ' || octet === '\t';
      if (!blank) out += octet;
      else if (!out.endsWith(' ')) out += ' ';
    }
    return out.endsWith(' ') ? out.slice(0, -1) : out;
  });
  while (lines.at(-1) === '') lines.pop();
  return lines.map((line) => `${line}\r\n`).join('');
}

export function sha256Base64(text: string): string {
  return createHash('sha256').update(Buffer.from(text, 'latin1')).digest('base64');
}

export interface ReferenceOptions {
  readonly key: KeyObject | string;
  /** The tags before `h=`, as they shall stand; `v=1` and the like are not added. */
  readonly tags: string;
  readonly signedNames: readonly string[];
  readonly content: string;
  /** What follows the value of `b=`, from its semicolon on. Default nothing. */
  readonly tail?: string;
  /** Dresses the value for the way: white space around and inside it. It is not hashed. */
  readonly dressValue?: (base64: string) => string;
  /** What stands in place of the value when the field is hashed. Default nothing, as RFC 6376 §3.7 has it. */
  readonly hashedValue?: string;
  /** Changes the signature field before it is hashed and sent, up to `b=`. */
  readonly dress?: (value: string) => string;
  /** How fields become lines. Default: as iSchedule's draft says, each listed name each time. */
  readonly lines?: (signedNames: readonly string[], fields: readonly Pair[]) => string;
  readonly ownLine?: (field: Pair) => string;
  readonly contentHash?: string;
}

/** Signs as iSchedule's service does (ischedule-relaxed/simple) unless told otherwise. */
export function referenceSign(fields: readonly Pair[], options: ReferenceOptions): Pair {
  const key = typeof options.key === 'string' ? createPrivateKey(options.key) : options.key;
  const contentHash = options.contentHash ?? sha256Base64(referenceSimpleContent(options.content));
  const { tail = '', hashedValue = '', dress = String, dressValue = String } = options;
  const { lines = ischeduleLines, ownLine = (field) => referenceIscheduleLine(field[0], [field]) } = options;
  const head = dress(`${options.tags}; h=${options.signedNames.join(':')}; bh=${contentHash}; b=`);
  const own = ownLine(['DKIM-Signature', head + hashedValue + tail]).slice(0, -2);
  const data = Buffer.from(lines(options.signedNames, fields) + own, 'latin1');
  return ['DKIM-Signature', `${head}${dressValue(signOctets(data, key))}${tail}`];
}

function ischeduleLines(signedNames: readonly string[], fields: readonly Pair[]): string {
  return signedNames.map((name) => referenceIscheduleLine(name, fields)).join('');
}

function signOctets(data: Buffer, key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return createSign('RSA-SHA256').update(data).end().sign(key, 'base64');
  return signRaw(null, createHash('sha256').update(data).digest(), key).toString('base64');
}
