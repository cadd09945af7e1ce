import type { AlignmentDeps, KeyQuery, Verifier } from '@isched/doseta';
import type { ICalendarLimits } from '@isched/icalendar';
import type { Abortable, DomainName } from '@isched/values';
import type { OwnCapabilities } from '../capabilities/capabilities.ts';
import type { AuthenticatedMessage, Deliver } from '../message.ts';
import type { MessageRuleOptions } from '../message-rules.ts';
import { wellKnownPath } from '../wire/names.ts';
import type { ReceiverEvent } from './events.ts';
import { type Trouble, temporaryTrouble } from './trouble.ts';

/** What is known of a peer before anything of its content is read. */
export interface Visitor {
  readonly remoteAddress: string | undefined;
  /** The domain the signature claims; nothing is proved yet. Worked out when asked for. */
  readonly claimedDomain: () => DomainName | undefined;
  /** What its Content-Type says of the content, upper case; nothing is proved yet. Worked out when asked for. */
  readonly stated: () => { readonly methods: readonly string[]; readonly components: readonly string[] };
}

/** Whether a peer is let in now. */
export type Admission =
  | { readonly status: 'admitted' }
  /** Too many requests from this network or for this domain. */
  | { readonly status: 'busy'; readonly retryAfterSeconds?: number | undefined }
  /** Too much to do, whoever asks. */
  | { readonly status: 'overloaded'; readonly retryAfterSeconds?: number | undefined };

export interface ReceiverDeps {
  /** What is advertised, and enforced. Another object whenever something changed. */
  readonly capabilities: { current(): OwnCapabilities };
  readonly verifier: Verifier;
  readonly alignment: AlignmentDeps;
  readonly deliver: Deliver;
  /** Network and domain rate limits, asked before anything else of a POST. Default: everybody is let in. */
  readonly admit?: ((visitor: Visitor, options: Abortable) => Admission | Promise<Admission>) | undefined;
  /**
   * Policy on the originator, asked once the signature passed, before the content is parsed. `false`:
   * `originator-denied`. Default: everybody may.
   */
  readonly mayOriginate?:
    | ((
        who: Pick<
          AuthenticatedMessage,
          'originator' | 'originatorDomain' | 'recipients' | 'signedBy' | 'remoteAddress'
        >,
        options: Abortable,
      ) => boolean | Promise<boolean>)
    | undefined;
  /**
   * The key records we publish under `/.well-known/domainkey/`, several for one name where keys overlap; none: 404.
   * Default: that path is not found.
   */
  readonly publishedKeys?: ((query: KeyQuery, options: Abortable) => Promise<readonly string[]>) | undefined;
  /** Which errors of `deliver` and the hooks are a passing trouble. Default: by their `code`, see `temporaryTrouble`. */
  readonly troubleOf?: ((error: unknown) => Trouble | undefined) | undefined;
  /** Told of every answer to a POST; must not throw. */
  readonly observe?: ((event: ReceiverEvent) => void) | undefined;
}

/**
 * What an operator may choose beside the capabilities. What those state (lengths, recipients, dates, instances, messages,
 * media types, attachments) is enforced as stated.
 */
export interface ReceiverOptions extends MessageRuleOptions {
  /** Paths that answer like `/.well-known/ischedule`, which always does: the one TXT names. Default none. */
  readonly paths?: readonly string[] | undefined;
  /** All fields of a request together, as they stand on the wire. Octets. Default 512 KiB. */
  readonly maxHeaderOctets?: number | undefined;
  /** Bounds on reading the calendar; its length is the capabilities' business. Default: icalendar's. */
  readonly calendarLimits?: Partial<ICalendarLimits> | undefined;
  /** How long a rule without end is counted for `max-instances`. Days from its start; default 730. */
  readonly endlessRuleDays?: number | undefined;
  /** Answer `?query=capabilities` in the first drafts' vocabulary (Q1). Default false. */
  readonly legacyQuery?: boolean | undefined;
  /** How long peers may keep the capabilities. Seconds; default 3600. */
  readonly capabilitiesMaxAgeSeconds?: number | undefined;
  /** How long peers may keep a key document. Seconds; default 3600. */
  readonly keysMaxAgeSeconds?: number | undefined;
  /** `Retry-After` where the trouble itself says nothing. Seconds; default 60. */
  readonly retryAfterSeconds?: number | undefined;
}

/** Deps and options with the defaults filled in: what the steps work with. */
export interface Setting extends Filled<Omit<ReceiverOptions, 'paths'>> {
  readonly deps: Filled<Omit<ReceiverDeps, 'publishedKeys'>> & Pick<ReceiverDeps, 'publishedKeys'>;
  readonly paths: ReadonlySet<string>;
}

type Filled<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> };

/** Fills the defaults. @throws TypeError when a path does not begin with `/`. */
export function resolveReceiver(deps: ReceiverDeps, options: ReceiverOptions): Setting {
  const paths = options.paths ?? [];
  const odd = paths.find((path) => !path.startsWith('/') || /[?#\s]/.test(path));
  if (odd !== undefined) throw new TypeError(`not a path: ${odd}`);
  return {
    deps: {
      ...deps,
      admit: deps.admit ?? (() => ({ status: 'admitted' })),
      mayOriginate: deps.mayOriginate ?? (() => true),
      troubleOf: deps.troubleOf ?? temporaryTrouble,
      observe: deps.observe ?? (() => undefined),
    },
    paths: new Set([wellKnownPath, ...paths]),
    maxHeaderOctets: options.maxHeaderOctets ?? 524_288,
    calendarLimits: options.calendarLimits ?? {},
    endlessRuleDays: options.endlessRuleDays ?? 730,
    legacyQuery: options.legacyQuery ?? false,
    allowPublish: options.allowPublish ?? false,
    freeBusyRecipients: options.freeBusyRecipients ?? 'all',
    capabilitiesMaxAgeSeconds: options.capabilitiesMaxAgeSeconds ?? 3_600,
    keysMaxAgeSeconds: options.keysMaxAgeSeconds ?? 3_600,
    retryAfterSeconds: options.retryAfterSeconds ?? 60,
  };
}
