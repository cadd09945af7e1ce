import type { IncomingMessage } from 'node:http';
import {
  ContentIncomplete,
  ContentRefused,
  ContentTooLong,
  createGathering,
  fieldValue,
  type HttpField,
  type HttpRequest,
} from '@isched/runtime';
import type { Abortable, Octets } from '@isched/values';
import { plainAddress } from './address-list.ts';
import type { ContentShare } from './content-room.ts';

/** A request as it came, and what only the listener may know of it. */
export interface IncomingRequest {
  readonly request: HttpRequest;
  /** The framing was broken, or the time is over: whoever waits for the content waits no longer. */
  breakOff(): void;
}

export interface IncomingOptions {
  /** Sends 100 Continue where the peer waits for it; called when the content is asked for, at most once. */
  readonly proceed: () => void;
  /** Where the content is counted; the listener closes it when nobody needs the content any more. */
  readonly share: ContentShare;
}

/** Somebody who waits for content, to be told that there will be none. */
interface Waiting {
  fail?: ((error: Error) => void) | undefined;
}

/**
 * Makes a request of what the parser read: fields in order, repeats apart, nothing merged.
 *
 * @throws nothing.
 */
export function incomingRequest(incoming: IncomingMessage, { proceed, share }: IncomingOptions): IncomingRequest {
  const fields = rawFields(incoming.rawHeaders);
  const waiting: Waiting = {};
  let broken: Error | undefined;
  let content: Promise<Octets> | undefined;
  const read = async (maxOctets: number, { signal }: Abortable): Promise<Octets> => {
    if (broken) throw broken;
    if (Number(fieldValue(fields, 'Content-Length') ?? 0) > maxOctets) throw tooLong(maxOctets);
    proceed();
    return collect(incoming, maxOctets, { signal, waiting, share });
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

/** On average: each chunk is work, however little is in it. A line of a calendar is about as long. Octets. */
const leastOctetsOfPiece = 32;
/** So many may be as small as they like. */
const fewPieces = 8_192;

/** Reads the content while it arrives; not one chunk is kept past the limit. */
function collect(
  incoming: IncomingMessage,
  maxOctets: number,
  { signal, waiting, share }: Abortable & { readonly waiting: Waiting; readonly share: ContentShare },
): Promise<Octets> {
  const { promise, resolve, reject } = Promise.withResolvers<Octets>();
  const content = createGathering(maxOctets);
  let piecesLeft = Math.max(fewPieces, maxOctets / leastOctetsOfPiece);

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
    piecesLeft -= 1;
    if (piecesLeft < 0) fail(new ContentIncomplete('the content comes in too many pieces'));
    else if (!share.take(chunk.length)) fail(new ContentRefused('too much content is held for other requests'));
    else if (!content.add(chunk)) fail(tooLong(maxOctets));
  };
  const onEnd = (): void => {
    settle();
    resolve(content.octets());
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
