import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpResponse } from '@isched/runtime';

/** How much unwanted content is taken and thrown away after a refusal. Octets. */
const maxDiscardedOctets = 8_388_608;

export interface AnswerOptions {
  /** Take no further request on this connection. */
  readonly last: boolean;
  /** How long unwanted content is thrown away. Milliseconds. */
  readonly lingerMs: number;
}

/**
 * Writes an answer. Where the request's content was not read to its end, the connection ends with the answer; what the
 * peer still sends is thrown away for a moment, so that it gets to read it.
 *
 * @throws nothing: a peer that went away misses the answer.
 */
export function writeAnswer(
  { incoming, outgoing }: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse },
  response: HttpResponse,
  { last, lingerMs }: AnswerOptions,
): void {
  if (outgoing.destroyed) return;
  const unread = !incoming.complete;
  const fields = response.fields.flatMap((field) => [field.name, field.value]);
  if (statesLength(response, incoming)) fields.push('Content-Length', String(response.content.length));
  if (last || unread) fields.push('Connection', 'close');
  outgoing.writeHead(response.status, fields);
  if (!unread) {
    outgoing.end(response.content);
    return;
  }
  if (response.content.length > 0) outgoing.write(response.content);
  else outgoing.flushHeaders();
  discard(incoming, lingerMs, () => outgoing.end());
}

/** HEAD's answer has the fields of GET's, whose length nobody counted; 204 and 304 have no content to count. */
function statesLength(response: HttpResponse, incoming: IncomingMessage): boolean {
  return incoming.method !== 'HEAD' && response.status !== 204 && response.status !== 304;
}

function discard(incoming: IncomingMessage, lingerMs: number, done: () => void): void {
  let left = maxDiscardedOctets;
  const finish = (): void => {
    clearTimeout(timer);
    incoming.off('data', onData).off('end', finish).off('close', finish);
    done();
  };
  const onData = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) finish();
  };
  const timer = setTimeout(finish, lingerMs);
  incoming.on('data', onData).on('end', finish).on('close', finish);
  incoming.resume();
}
