/** Why a calendar is no iTIP message. */
export type ItipErrorCode =
  | 'not-a-calendar'
  | 'method-missing'
  | 'method-unknown'
  | 'component-missing'
  | 'component-mixed'
  | 'method-unfit-for-component'
  | 'uid-missing'
  | 'uid-differs'
  | 'organizer-differs'
  | 'address-invalid'
  | 'time-invalid'
  | 'too-many-components'
  | 'too-many-attendees';

/** A calendar that cannot be read as an iTIP message, or that no message can be made of. */
export class ItipError extends Error {
  override readonly name = 'ItipError';
  readonly code: ItipErrorCode;
  constructor(code: ItipErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.code = code;
  }
}
