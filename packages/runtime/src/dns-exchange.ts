import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { type DnsMessage, type DnsQuestion, encodeQuestion, type ReceivedMessage, readMessage } from './dns-message.ts';

/** Where a name server listens: an IP address and a port. */
export interface DnsServer {
  readonly host: string;
  readonly port: number;
}

const formatError = 1;

/**
 * Asks one server one question: by datagram, by TCP where the answer was cut, without EDNS where the server balks at it.
 *
 * @param signal - ends the exchange; must come with a deadline.
 * @returns the server's answer to this very question, whatever it says.
 * @throws what the network throws; an error when the answer is garbled; the signal's reason.
 * @see RFC 7766 §5 (TCP after truncation); RFC 6891 §7 (servers without EDNS).
 */
export async function exchange(server: DnsServer, question: DnsQuestion, signal: AbortSignal): Promise<DnsMessage> {
  const message = await ask(server, inquiry(question, 'edns'), signal);
  return message.rcode === formatError ? ask(server, inquiry(question, 'plain'), signal) : message;
}

/** A question in octets, and how to read what comes back. */
interface Inquiry {
  readonly octets: Buffer;
  readonly read: (octets: Uint8Array) => ReceivedMessage;
}

function inquiry(question: DnsQuestion, edns: 'edns' | 'plain'): Inquiry {
  return { octets: encodeQuestion(question, edns), read: (received) => readMessage(received, question) };
}

async function ask(server: DnsServer, inquiry: Inquiry, signal: AbortSignal): Promise<DnsMessage> {
  const message = await overUdp(server, inquiry, signal);
  return message.truncated ? overTcp(server, inquiry, signal) : message;
}

/**
 * A socket of its own, so a source port of its own. It is connected: the system drops datagrams from any other address or
 * port, and tells us when nobody listens. A datagram with another id or question is not ours; we wait on.
 */
async function overUdp(server: DnsServer, inquiry: Inquiry, signal: AbortSignal): Promise<DnsMessage> {
  signal.throwIfAborted();
  const socket = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4');
  const { promise, resolve, reject } = Promise.withResolvers<DnsMessage>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  socket.on('error', reject);
  socket.on('connect', () => socket.send(inquiry.octets, (error) => error && reject(error)));
  socket.on('message', (datagram) => settle(inquiry.read(datagram), { resolve, reject }));
  try {
    socket.connect(server.port, server.host);
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.close();
  }
}

/** RFC 1035 §4.2.2: each message after two octets with its length, which also bounds what we keep. */
async function overTcp(server: DnsServer, inquiry: Inquiry, signal: AbortSignal): Promise<DnsMessage> {
  signal.throwIfAborted();
  const socket = connect({ host: server.host, port: server.port });
  const { promise, resolve, reject } = Promise.withResolvers<DnsMessage>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  let received = Buffer.alloc(0);
  socket.on('error', reject);
  socket.on('end', () => reject(new Error('the server closed the connection without an answer')));
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    const message = firstMessage(received);
    if (message) settle(inquiry.read(message), { resolve, reject, onStranger: reject });
  });
  socket.write(Buffer.concat([lengthOctets(inquiry.octets.length), inquiry.octets]));
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

interface Waiting {
  readonly resolve: (message: DnsMessage) => void;
  readonly reject: (error: Error) => void;
  readonly onStranger?: (error: Error) => void;
}

function settle(received: ReceivedMessage, waiting: Waiting): void {
  switch (received.status) {
    case 'answer':
      return waiting.resolve(received.message);
    case 'garbled':
      return waiting.reject(new Error('unreadable answer', { cause: received.cause }));
    case 'stranger':
      return waiting.onStranger?.(new Error('an answer to another question'));
    default:
      received satisfies never;
  }
}

function firstMessage(received: Buffer): Buffer | undefined {
  if (received.length < 2) return undefined;
  const length = received.readUInt16BE(0);
  return received.length < length + 2 ? undefined : received.subarray(2, length + 2);
}

function lengthOctets(length: number): Buffer {
  const octets = Buffer.alloc(2);
  octets.writeUInt16BE(length);
  return octets;
}
