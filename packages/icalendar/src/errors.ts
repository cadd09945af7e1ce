/** Why a calendar text, value or rule was refused; a closed set, stable between releases. */
export type ICalendarErrorCode =
  // text
  | 'not-utf8'
  | 'forbidden-character'
  | 'too-large'
  | 'line-too-long'
  | 'too-many-components'
  | 'too-many-properties'
  | 'too-many-parameters'
  | 'too-deep'
  // structure
  | 'invalid-line'
  | 'unbalanced'
  | 'outside-component'
  | 'not-a-calendar'
  | 'several-calendars'
  // values
  | 'invalid-cal-address'
  | 'invalid-date'
  | 'invalid-duration'
  | 'invalid-period'
  | 'invalid-value'
  | 'invalid-jcal'
  // zones and recurrence
  | 'invalid-zone'
  | 'unknown-zone'
  | 'invalid-recurrence'
  | 'unsupported-recurrence'
  | 'recurrence-too-complex'
  // writing
  | 'unwritable';

/** A calendar text, value or rule that can't be read or written. */
export class ICalendarError extends Error {
  override readonly name = 'ICalendarError';
  readonly code: ICalendarErrorCode;
  /** The line of the text, counted from 1, where that is known. */
  readonly line: number | undefined;

  constructor(code: ICalendarErrorCode, message: string, options: { line?: number | undefined; cause?: unknown } = {}) {
    super(options.line === undefined ? message : `line ${options.line}: ${message}`, { cause: options.cause });
    this.code = code;
    this.line = options.line;
  }
}

/** A text of others, short enough for a message. @throws nothing. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
