import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { HttpField, HttpResponse } from '@isched/runtime';
import { octetsFromText } from '@isched/values';
import type { Habit } from './front.ts';

export { fair } from './front.ts';

/** A habit that tells when it is put to use. @throws nothing. */
export function telling(used: () => void, habit: Habit): Habit {
  return (exchange) => {
    used();
    return habit(exchange);
  };
}

/** Takes the message and says nothing. */
export const silent: Habit = ({ gone }) => gone;

/** Does what the message asks and says nothing of it. */
export const silentAfter: Habit = async ({ handle, gone }) => {
  await handle();
  await gone;
};

/** Does what the message asks, and answers only after a while. */
export function lateBy(wait: () => Promise<void>): Habit {
  return async ({ handle, send }) => {
    const response = await handle();
    await wait();
    send(response);
  };
}

/** Does what the message asks, states the answer's length, and goes away in the middle of it. */
export const cutMidBody: Habit = async ({ handle, outgoing }) => {
  const { status, content } = await handle();
  outgoing.writeHead(status, { 'Content-Type': 'application/xml', 'Content-Length': content.length });
  outgoing.write(content.subarray(0, content.length / 2), () => outgoing.destroy());
};

/** The same where the answer comes in chunks, so that only the last of them is missing. */
export const cutMidChunks: Habit = async ({ handle, outgoing }) => {
  const { status, content } = await handle();
  outgoing.writeHead(status, { 'Content-Type': 'application/xml', 'Transfer-Encoding': 'chunked' });
  outgoing.write(content, () => outgoing.socket?.destroy());
};

const tenMegabytes = 10_485_760;

/** Does what the message asks, and answers ten megabytes, saying so. */
export const long: Habit = async ({ handle, outgoing }) => {
  const { status } = await handle();
  outgoing.writeHead(status, { 'Content-Type': 'application/xml', 'Content-Length': tenMegabytes });
  await flood(outgoing);
};

/** The same without saying how much will come. */
export const longInChunks: Habit = async ({ handle, outgoing }) => {
  const { status } = await handle();
  outgoing.writeHead(status, { 'Content-Type': 'application/xml', 'Transfer-Encoding': 'chunked' });
  await flood(outgoing);
};

async function flood(outgoing: ServerResponse): Promise<void> {
  const piece = Buffer.alloc(65_536, '<response/>');
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  for (let sent = 0; sent < tenMegabytes && !outgoing.destroyed; sent += piece.length) {
    if (!outgoing.write(piece)) await once(outgoing, 'drain', { signal: gone.signal }).catch(() => undefined);
  }
  outgoing.end();
}

/** Does what the message asks and answers 200 with something else. */
export function instead(content: string | Uint8Array): Habit {
  return async ({ handle, send }) => {
    const { fields } = await handle();
    send({ status: 200, fields, content: typeof content === 'string' ? octetsFromText(content) : content });
  };
}

/** Does what the message asks and answers octets that mean nothing. */
export const noise: Habit = (exchange) => instead(randomBytes(5_000))(exchange);

/** Does what the message asks and breaks HTTP itself. */
export const noHttp: Habit = async ({ handle, outgoing }) => {
  await handle();
  outgoing.socket?.end(randomBytes(500));
};

/** Does what the message asks, and changes the answer's text. */
export function reworded(change: (text: string) => string): Habit {
  return async ({ handle, send }) => {
    const response = await handle();
    send({ ...response, content: octetsFromText(change(Buffer.from(response.content).toString('utf8'))) });
  };
}

/** Does nothing, and says so. */
export function refuses(status: number, ...fields: readonly HttpField[]): Habit {
  const response: HttpResponse = { status, fields, content: new Uint8Array() };
  return ({ send }) => send(response);
}
