import type { CertificateName } from '@isched/runtime';
import type { Abortable, DomainName } from '@isched/values';

/** One place to try. */
export interface Candidate {
  /** https, without `?action=`. */
  readonly url: string;
  /** A certificate that names any one of these is accepted; default: the URL's host. */
  readonly certificateNames?: readonly CertificateName[] | undefined;
  /** Sent as `Authorization` to this origin and no other. Static routes only. */
  readonly authorization?: string | undefined;
}

/** Where a domain's receiver is. */
export type Location =
  | {
      readonly status: 'located';
      /** In the order to try, drawn anew at each call. At least one. */
      readonly candidates: readonly Candidate[];
      /** What tells one receiver from another: domains with the same id share a request. */
      readonly receiverId: string;
      readonly ttlSeconds: number;
    }
  | { readonly status: 'not-offered'; readonly ttlSeconds: number }
  | { readonly status: 'unavailable'; readonly cause: unknown };

/** Finds receivers. */
export interface ReceiverLocator {
  /** @throws the signal's reason when aborted, and nothing else. */
  locate(domain: DomainName, options?: Abortable): Promise<Location>;
}
