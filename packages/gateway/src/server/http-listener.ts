import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { fieldValues, type HttpRequest, type HttpResponse } from '@isched/runtime';
import { addressList } from './http/address-list.ts';
import { loadCertificate, watchCertificate } from './http/certificate.ts';
import {
  type Connection,
  type Exchange,
  endWith,
  newConnection,
  requestBegan,
  requestEnded,
} from './http/connection.ts';
import { type ContentRoom, createContentRoom } from './http/content-room.ts';
import { writeAnswer } from './http/exchange.ts';
import { framingFault } from './http/framing.ts';
import { incomingRequest } from './http/incoming-request.ts';
import { type HttpLimits, resolveLimits } from './http/limits.ts';
import {
  type HttpListenerOptions,
  type ListenerEvent,
  type ListenerHandlers,
  ListenerStopped,
  type ListenerTrouble,
} from './http/listener.ts';
import { createNodeServer } from './http/node-server.ts';
import { rawResponse } from './http/raw-response.ts';

/** Bare node:http or node:https, made to hand on requests as they came. */
export class HttpListener implements AsyncDisposable {
  readonly #handlers: ListenerHandlers;
  readonly #options: HttpListenerOptions;
  readonly #limits: HttpLimits;
  readonly #contentRoom: ContentRoom;
  readonly #connections = new Map<Socket, Connection>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #unwatch: (() => void) | undefined;
  #stopping: Promise<number> | undefined;

  constructor(handlers: ListenerHandlers, options: HttpListenerOptions) {
    this.#handlers = handlers;
    this.#options = options;
    this.#limits = resolveLimits(options.limits);
    this.#contentRoom = createContentRoom(this.#limits.maxContentOctetsAtOnce);
  }

  /**
   * Begins to listen.
   *
   * @returns where, with the port that was free if any would do.
   * @throws CertificateError; the system's error when the address is taken.
   */
  async start(): Promise<{ readonly host: string; readonly port: number }> {
    const files = this.#options.certificate;
    const certificate = files && (await loadCertificate(files));
    const lenient = this.#options.lenient !== undefined;
    const server = createNodeServer({ limits: this.#limits, certificate, lenient }, (incoming, outgoing) =>
      this.#serve(incoming, outgoing, () => undefined),
    );
    this.#server = server;
    this.#listenToEvents(server);
    if (files)
      this.#unwatch = watchCertificate(files, () => void this.reloadCertificate(), this.#limits.certificateWatchMs);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#options.port, this.#options.host, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return { host: this.#options.host, port: (server.address() as AddressInfo).port };
  }

  /** Reads the certificate anew, for connections to come. One that can't be used is reported, and the old one stays. */
  async reloadCertificate(): Promise<void> {
    const files = this.#options.certificate;
    if (!files || !(this.#server instanceof TlsServer)) return;
    try {
      this.#server.setSecureContext(await loadCertificate(files));
      this.#observe({ type: 'certificate-loaded' });
    } catch (cause) {
      this.#observe({ type: 'certificate-unusable', cause });
    }
  }

  /**
   * Takes no more connections, answers what is under way, and cuts off what is not answered by the deadline.
   *
   * @returns how many connections were cut off in the middle of an answer.
   */
  stop({ deadlineMs }: { readonly deadlineMs: number }): Promise<number> {
    this.#stopping ??= this.#stop(deadlineMs);
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop({ deadlineMs: 0 });
  }

  async #stop(deadlineMs: number): Promise<number> {
    const server = this.#server;
    this.#unwatch?.();
    if (!server?.listening) return 0;
    let cut = 0;
    const deadline = setTimeout(() => {
      const late = [...this.#connections.values()].filter((connection) => connection.underWay.size > 0);
      cut = late.length;
      const reason = new ListenerStopped('the listener stopped before the answer was ready');
      for (const connection of late) for (const exchange of connection.underWay) exchange.abort(reason);
      for (const socket of this.#sockets) socket.destroy();
    }, deadlineMs);
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const { underWay, socket } of this.#connections.values()) if (underWay.size === 0) socket.destroy();
    });
    clearTimeout(deadline);
    return cut;
  }

  #listenToEvents(server: Server): void {
    const allowed = this.#options.lenient && addressList(this.#options.lenient.allow);
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      if (!allowed || allowed.has(socket.remoteAddress)) return;
      this.#observe({ type: 'not-allowed', remoteAddress: socket.remoteAddress });
      socket.destroy();
    });
    server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
      if (this.#stopping) socket.destroy();
      else this.#remember(socket);
    });
    server.on('drop', () => this.#observe({ type: 'too-many-connections' }));
    server.on('checkContinue', (incoming, outgoing) => this.#serve(incoming, outgoing, () => outgoing.writeContinue()));
    // Node would answer 417 itself, without our fields; an expectation may as well be passed over (RFC 9110 §10.1.1).
    server.on('checkExpectation', (incoming, outgoing) => this.#serve(incoming, outgoing, () => undefined));
    server.on('connect', (_: IncomingMessage, socket: Socket) =>
      this.#refuse(socket, 'bad-request', 'CONNECT is not served here'),
    );
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => this.#malformed(error, socket));
  }

  #remember(socket: Socket): Connection {
    const connection = newConnection(socket);
    this.#connections.set(socket, connection);
    socket.once('close', () => this.#connections.delete(socket));
    return connection;
  }

  #serve(incoming: IncomingMessage, outgoing: ServerResponse, proceed: () => void): void {
    const connection = this.#connections.get(incoming.socket) ?? this.#remember(incoming.socket);
    const share = this.#contentRoom.open();
    const { request, ...content } = incomingRequest(incoming, { proceed, share });
    const gone = new AbortController();
    const exchange: Exchange = {
      get complete() {
        return incoming.complete;
      },
      breakOff: () => content.breakOff(),
      abort: (reason) => gone.abort(reason),
    };
    const turn = requestBegan(connection, exchange);
    const timer = setTimeout(
      () => gone.abort(new ListenerStopped('the answer took too long')),
      this.#limits.answerTimeoutMs,
    );
    outgoing.once('close', () => {
      clearTimeout(timer);
      share.close();
      requestEnded(connection, exchange);
      if (!outgoing.writableFinished) gone.abort(new ListenerStopped('the peer went away'));
    });
    const answer = turn.then(() => this.#answer({ request, incoming }, gone.signal));
    void answer.then(({ response, last }) =>
      writeAnswer({ incoming, outgoing }, response, {
        last: last || this.#stopping !== undefined,
        lingerMs: this.#limits.lingerMs,
      }),
    );
  }

  async #answer(
    { request, incoming }: { readonly request: HttpRequest; readonly incoming: IncomingMessage },
    signal: AbortSignal,
  ): Promise<{ readonly response: HttpResponse; readonly last: boolean }> {
    const fault = hostFault(incoming, request) ?? framingFault(request.fields);
    if (fault !== undefined)
      return { response: this.#refusal('bad-request', fault, request.remoteAddress), last: true };
    try {
      return { response: await this.#handlers.handle(request, { signal }), last: false };
    } catch (cause) {
      if (!(cause instanceof ListenerStopped)) this.#observe({ type: 'handler-failed', cause });
      return { response: this.#handlers.refuse('failed', 'something went wrong here'), last: true };
    }
  }

  /** What the parser could not read, or did not get in time. It is told so after the answers that are under way. */
  #malformed(error: NodeJS.ErrnoException, socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || !connection) {
      socket.destroy();
      return;
    }
    if (connection.failed) return;
    const [trouble, description] = troubleOf(error.code);
    const inContent = [...connection.underWay].at(-1);
    connection.failed = true;
    if (inContent && !inContent.complete) {
      inContent.breakOff(); // its own answer says so, and is the last one
      return;
    }
    if (connection.underWay.size === 0) this.#refuse(socket, trouble, description);
    else connection.whenQuiet = () => this.#refuse(socket, trouble, description);
  }

  #refuse(socket: Socket, trouble: ListenerTrouble, description: string): void {
    const response = this.#refusal(trouble, description, socket.remoteAddress);
    endWith(socket, rawResponse(response, new Date()), this.#limits.lingerMs);
  }

  #refusal(trouble: ListenerTrouble, description: string, remoteAddress: string | undefined): HttpResponse {
    this.#observe({ type: 'refused', trouble, description, remoteAddress });
    return this.#handlers.refuse(trouble, description);
  }

  #observe(event: ListenerEvent): void {
    this.#handlers.observe?.(event);
  }
}

/** @see RFC 9112 §3.2: a request without Host, or with two, is not to be served. */
function hostFault(incoming: IncomingMessage, request: HttpRequest): string | undefined {
  const hosts = fieldValues(request.fields, 'Host').length;
  if (hosts > 1) return 'more than one Host';
  return hosts === 0 && incoming.httpVersion === '1.1' ? 'no Host' : undefined;
}

function troubleOf(code: string | undefined): readonly [ListenerTrouble, string] {
  if (code === 'HPE_HEADER_OVERFLOW') return ['fields-too-large', 'the header fields are too large'];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ['request-timeout', 'the request came too slowly'];
  return ['bad-request', 'this is no HTTP request'];
}
