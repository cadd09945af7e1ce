import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server as HttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import type { IssuedCertificate } from '@isched/lab';
import type { HttpRequest, HttpResponse } from '@isched/runtime';
import type { Abortable } from '@isched/values';
import { createContentRoom } from '../../../src/server/http/content-room.ts';
import { incomingRequest } from '../../../src/server/http/incoming-request.ts';

/** One request, and what may be made of it. */
export interface Exchange {
  readonly request: HttpRequest;
  /** Has the receiver behind handle it: its effect takes place, whatever is answered then. */
  readonly handle: () => Promise<HttpResponse>;
  readonly send: (response: HttpResponse) => void;
  readonly outgoing: ServerResponse;
  /** The connection has ended. */
  readonly gone: Promise<void>;
}

/** What is done with a request. */
export type Habit = (exchange: Exchange) => void | Promise<void>;

/** What is done with a connection before TLS begins. */
export type ConnectionHabit = (socket: Socket, accept: () => void) => void;

type Handle = (request: HttpRequest, options: Abortable) => Promise<HttpResponse>;

/** As it should be. */
export const fair: Habit = async (exchange) => exchange.send(await exchange.handle());

const welcoming: ConnectionHabit = (_, accept) => accept();

/** Where peers reach a gateway: https on loopback, with habits that a test gives it. */
export class Front implements AsyncDisposable {
  readonly #https: HttpsServer;
  readonly #tcp;
  readonly #sockets = new Set<Socket>();
  readonly #habits: Habit[] = [];
  readonly #room = createContentRoom(64 * 1_048_576);
  #connecting: ConnectionHabit = welcoming;
  #lasting: Habit = fair;
  #posts = 0;
  #underWay = 0;

  private constructor({ certificatePem, keyPem }: IssuedCertificate, handle: Handle) {
    this.#https = createServer({ cert: certificatePem, key: keyPem }, (incoming, outgoing) =>
      this.#serve({ incoming, outgoing }, handle),
    );
    this.#https.on('tlsClientError', () => undefined);
    this.#tcp = createTcpServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
      this.#connecting(socket, () => this.#https.emit('connection', socket));
    });
  }

  /** @param port - where to listen; default: one that is free. */
  static async open(certificate: IssuedCertificate, handle: Handle, port = 0): Promise<Front> {
    const front = new Front(certificate, handle);
    front.#tcp.listen(port, '127.0.0.1');
    await once(front.#tcp, 'listening');
    return front;
  }

  get port(): number {
    return (this.#tcp.address() as AddressInfo).port;
  }

  /** Requests that were neither answered to the end nor given up by who made them. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Messages that came. */
  get posts(): number {
    return this.#posts;
  }

  /** The messages to come next are treated so, one after the other; then again as it should be. */
  next(...habits: readonly Habit[]): void {
    this.#habits.push(...habits);
  }

  /** All messages are treated so from now on, except where `next` says something else. */
  always(habit: Habit): void {
    this.#lasting = habit;
  }

  /** New connections are treated so from now on; nothing: as it should be. */
  connecting(habit: ConnectionHabit = welcoming): void {
    this.#connecting = habit;
  }

  /** Shows another certificate from now on; open connections are cut. */
  present({ certificatePem, keyPem }: IssuedCertificate): void {
    this.#https.setSecureContext({ cert: certificatePem, key: keyPem });
    this.cut();
  }

  /** Cuts all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** What the receiver threw although its peer was still there: each is a defect. */
  readonly failures: unknown[] = [];

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#tcp, 'close');
    this.#tcp.close();
    this.cut();
    await closed;
  }

  #serve(
    { incoming, outgoing }: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse },
    handle: Handle,
  ): void {
    outgoing.on('error', () => undefined);
    const share = this.#room.open();
    const gone = new AbortController();
    this.#underWay += 1;
    outgoing.once('close', () => {
      this.#underWay -= 1;
      share.close();
      gone.abort(new Error('the peer went away'));
    });
    const { request } = incomingRequest(incoming, { proceed: () => undefined, share });
    const exchange: Exchange = {
      request,
      handle: () => handle(request, { signal: gone.signal }),
      send: (response) => writeResponse(outgoing, response),
      outgoing,
      gone: new Promise((resolve) => gone.signal.addEventListener('abort', () => resolve())),
    };
    if (request.method === 'POST') this.#posts += 1;
    const habit = request.method === 'POST' ? (this.#habits.shift() ?? this.#lasting) : fair;
    void this.#treat(exchange, habit, gone.signal);
  }

  async #treat(exchange: Exchange, habit: Habit, gone: AbortSignal): Promise<void> {
    try {
      await habit(exchange);
    } catch (error) {
      if (!gone.aborted) this.failures.push(error);
      exchange.outgoing.destroy();
    }
  }
}

/** Writes an answer as a server does. @throws nothing. */
export function writeResponse(outgoing: ServerResponse, { status, fields, content }: HttpResponse): void {
  if (outgoing.destroyed) return;
  const raw = fields.flatMap(({ name, value }) => [name, value]);
  outgoing.writeHead(status, [...raw, 'Content-Length', String(content.length)]).end(content);
}
