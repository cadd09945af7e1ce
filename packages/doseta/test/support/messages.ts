import type { Field, SignedMessage } from '../../src/index.ts';
import type { Pair } from './reference-signer.ts';

/** Fields and content of an iSchedule request as a test writes them down. */
export function messageOf(fields: readonly Pair[], content: string): SignedMessage {
  return { fields: fields.map(toField), content: Buffer.from(content, 'latin1') };
}

export function toField([name, value]: Pair): Field {
  return { name, value };
}

/** A mail, split at its lines: values keep their folds and the blank after the colon. */
export function readMail(octets: Uint8Array): SignedMessage {
  const text = Buffer.from(octets).toString('latin1');
  const end = text.startsWith('\r\n') ? 0 : text.indexOf('\r\n\r\n') + 2;
  const header = end === 1 ? text : text.slice(0, end);
  const fields = header
    .split(/\r\n(?![\t ])/)
    .filter((line) => line.includes(':'))
    .map((line) => ({ name: line.slice(0, line.indexOf(':')), value: line.slice(line.indexOf(':') + 1) }));
  return { fields, content: Buffer.from(end === 1 ? '' : text.slice(end + 2), 'latin1') };
}
