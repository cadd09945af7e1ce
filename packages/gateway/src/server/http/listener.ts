import type { HttpRequest, HttpResponse } from '@isched/runtime';
import type { Abortable } from '@isched/values';
import type { CertificateFiles } from './certificate.ts';
import type { HttpLimits } from './limits.ts';

/** Why the listener itself answers. */
export type ListenerTrouble =
  | 'bad-request' // 400: not HTTP, or not to be read in one way only
  | 'request-timeout' // 408
  | 'fields-too-large' // 431
  | 'failed'; // 500: our own mistake

/** Who answers. */
export interface ListenerHandlers {
  handle(request: HttpRequest, options: Abortable): Promise<HttpResponse>;
  /** The answer to a request that never became one, or that `handle` failed on. */
  refuse(trouble: ListenerTrouble, description: string): HttpResponse;
  observe?: ((event: ListenerEvent) => void) | undefined;
}

export type ListenerEvent =
  | {
      readonly type: 'refused';
      readonly trouble: ListenerTrouble;
      readonly description: string;
      readonly remoteAddress: string | undefined;
    }
  | { readonly type: 'handler-failed'; readonly cause: unknown }
  | { readonly type: 'not-allowed'; readonly remoteAddress: string | undefined }
  | { readonly type: 'too-many-connections' }
  | { readonly type: 'certificate-loaded' }
  | { readonly type: 'certificate-unusable'; readonly cause: unknown };

export interface HttpListenerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Absent: plain HTTP. */
  readonly certificate?: CertificateFiles | undefined;
  /** Take folded header fields, from these addresses and ranges only; everybody else is cut off. Absent: the strict parser. */
  readonly lenient?: { readonly allow: readonly string[] } | undefined;
  readonly limits?: Partial<HttpLimits> | undefined;
}

/** The listener stopped before an answer was ready. */
export class ListenerStopped extends Error {
  override readonly name = 'ListenerStopped';
  readonly code = 'listener-stopped';
}
