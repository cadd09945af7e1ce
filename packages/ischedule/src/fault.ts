/**
 * Why a whole request is refused: the element names of the draft's error document, and nothing else.
 *
 * @see iSchedule digest §4.
 */
export type FaultCode =
  | 'version-not-supported'
  | 'invalid-calendar-data-type'
  | 'max-content-length'
  | 'originator-missing'
  | 'too-many-originators'
  | 'originator-invalid'
  | 'recipient-missing'
  | 'max-recipients'
  | 'verification-failed'
  | 'originator-denied'
  | 'invalid-calendar-data'
  | 'invalid-scheduling-message'
  | 'recipient-mismatch'
  | 'attachment-type-not-supported'
  | 'min-date-time'
  | 'max-date-time'
  | 'max-instances';

/** The HTTP status that goes with each code. */
export const faultStatus: Readonly<Record<FaultCode, 400 | 403 | 413 | 415>> = {
  'version-not-supported': 400,
  'invalid-calendar-data-type': 415,
  'max-content-length': 413,
  'originator-missing': 400,
  'too-many-originators': 400,
  'originator-invalid': 400,
  'recipient-missing': 400,
  'max-recipients': 403,
  'verification-failed': 403,
  'originator-denied': 403,
  'invalid-calendar-data': 400,
  'invalid-scheduling-message': 400,
  'recipient-mismatch': 403,
  'attachment-type-not-supported': 403,
  'min-date-time': 403,
  'max-date-time': 403,
  'max-instances': 403,
};

/** Says whether an element name is one of the draft's codes. @throws nothing. */
export function isFaultCode(name: string): name is FaultCode {
  return Object.hasOwn(faultStatus, name);
}

/** A request that is refused as a whole. `description` is told to the peer; `cause` is for our own record only. */
export class SchedulingFault extends Error {
  override readonly name = 'SchedulingFault';
  readonly code: FaultCode;
  readonly description: string;
  constructor(code: FaultCode, description: string, options?: ErrorOptions) {
    super(`${code}: ${description}`, options);
    this.code = code;
    this.description = description;
  }
}

/** What a refusal without a code of the draft is for. */
export type ReceiverTrouble =
  | 'bad-request' // 400: an unknown action, a target that is none, a content that broke off
  | 'not-found' // 404
  | 'method-not-allowed' // 405
  | 'too-many-requests' // 429
  | 'fields-too-large' // 431
  | 'unavailable' // 503: a key, a name server or the store could not be asked
  | 'no-space'; // 507

/** The HTTP status of each. */
export const troubleStatus: Readonly<Record<ReceiverTrouble, number>> = {
  'bad-request': 400,
  'not-found': 404,
  'method-not-allowed': 405,
  'too-many-requests': 429,
  'fields-too-large': 431,
  unavailable: 503,
  'no-space': 507,
};

/** A request that is answered with an error document that names no code. */
export class ReceiverRefusal extends Error {
  override readonly name = 'ReceiverRefusal';
  readonly trouble: ReceiverTrouble;
  readonly description: string;
  /** Told as `Retry-After` where given. Whole seconds. */
  readonly retryAfterSeconds: number | undefined;
  /** Told as `Allow` where given. */
  readonly allow: string | undefined;
  constructor(trouble: ReceiverTrouble, description: string, options: ReceiverRefusalOptions = {}) {
    super(`${trouble}: ${description}`, options);
    this.trouble = trouble;
    this.description = description;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.allow = options.allow;
  }
}

export interface ReceiverRefusalOptions extends ErrorOptions {
  readonly retryAfterSeconds?: number | undefined;
  readonly allow?: string | undefined;
}

/**
 * What an implementation of `Deliver` throws when nothing was decided and the peer should try again: answered 503.
 * A store's own "unavailable" error is understood too: see `isTemporary`.
 */
export class TemporarilyUnavailable extends Error {
  override readonly name = 'TemporarilyUnavailable';
  readonly code = 'temporarily-unavailable';
  readonly retryAfterSeconds: number | undefined;
  constructor(message: string, options: ErrorOptions & { readonly retryAfterSeconds?: number | undefined } = {}) {
    super(message, options);
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
