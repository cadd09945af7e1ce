import type { IncomingMessage } from 'node:http';
import { ContentIncomplete, ContentTooLong, fieldValue, type HttpField, type HttpRequest } from '@isched/runtime';
import type { Abortable, Octets } from '@isched/values';
import { plainAddress } from './address-list.ts';

/** A request as it came, and what only the listener may know of it. */
export interface IncomingRequest {
  readonly request: HttpRequest;
  /** The framing was broken, or the time is over: whoever waits for the content waits no longer. */
  breakOff(): void;
}

/** Somebody who waits for content, to be told that there will be none. */
interface Waiting {
  fail?: ((error: Error) => void) | undefined;
}

/**
 * Makes a request of what the parser read: fields in order, repeats apart, nothing merged.
 *
 * @param proceed - sends 100 Continue where the peer waits for it; called when the content is asked for, at most once.
 * @throws nothing.
 */
export function incomingRequest(incoming: IncomingMessage, proceed: () => void): IncomingRequest {
  const fields = rawFields(incoming.rawHeaders);
  const waiting: Waiting = {};
  let broken: Error | undefined;
  let content: Promise<Octets> | undefined;
  const read = async (maxOctets: number, { signal }: Abortable): Promise<Octets> => {
    if (broken) throw broken;
    if (Number(fieldValue(fields, 'Content-Length') ?? 0) > maxOctets) throw tooLong(maxOctets);
    proceed();
    return collect(incoming, maxOctets, { signal, waiting });
  };
  return {
    request: {
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      fields,
      remoteAddress: plainAddress(incoming.socket.remoteAddress),
      readContent(maxOctets, options = {}) {
        content ??= read(maxOctets, options);
        return content;
      },
    },
    breakOff() {
      broken = new ContentIncomplete('the content was not framed as HTTP asks, or came too slowly');
      waiting.fail?.(broken);
    },
  };
}

function rawFields(raw: readonly string[]): readonly HttpField[] {
  const fields: HttpField[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2)
    fields.push({ name: raw[index] ?? '', value: raw[index + 1] ?? '' });
  return fields;
}

/** Reads the content while it arrives; not one chunk is kept past the limit. */
function collect(
  incoming: IncomingMessage,
  maxOctets: number,
  { signal, waiting }: Abortable & { readonly waiting: Waiting },
): Promise<Octets> {
  const { promise, resolve, reject } = Promise.withResolvers<Octets>();
  const chunks: Buffer[] = [];
  let length = 0;

  const settle = (): void => {
    incoming.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
    signal?.removeEventListener('abort', onAbort);
    waiting.fail = undefined;
  };
  const fail = (error: Error): void => {
    settle();
    incoming.pause();
    reject(error);
  };
  const onData = (chunk: Buffer): void => {
    length += chunk.length;
    if (length > maxOctets) fail(tooLong(maxOctets));
    else chunks.push(chunk);
  };
  const onEnd = (): void => {
    settle();
    resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
  };
  const onClose = (): void => fail(new ContentIncomplete('the peer went away before the content was whole'));
  const onAbort = (): void =>
    fail(signal?.reason instanceof Error ? signal.reason : new ContentIncomplete('nobody waits any more'));

  incoming.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  signal?.addEventListener('abort', onAbort);
  waiting.fail = fail;
  if (signal?.aborted) onAbort();
  else if (incoming.destroyed && !incoming.complete) onClose();
  return promise;
}

function tooLong(maxOctets: number): ContentTooLong {
  return new ContentTooLong(`the content is longer than ${maxOctets} octets`);
}
