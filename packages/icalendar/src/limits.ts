/** How much calendar text is read before it is refused. */
export interface ICalendarLimits {
  /** The whole text, in UTF-8 octets. */
  readonly maxOctets: number;
  /** One content line after unfolding, in UTF-8 octets. */
  readonly maxLineOctets: number;
  /** Components of every level together. */
  readonly maxComponents: number;
  /** Properties of every component together. */
  readonly maxProperties: number;
  /** Levels of components; a VALARM in a VEVENT in a VCALENDAR is the third. */
  readonly maxDepth: number;
  /** Parameter values of one property. */
  readonly maxParameters: number;
  /** Lines that are no content lines (kept with the line that follows them); any more refuse the text. */
  readonly maxOddLines: number;
}

/** What the readers take when nothing else is said. */
export const defaultLimits: ICalendarLimits = {
  maxOctets: 1_048_576,
  maxLineOctets: 65_536,
  maxComponents: 5_000,
  maxProperties: 50_000,
  maxDepth: 16,
  maxParameters: 250,
  maxOddLines: 0,
};

/** Fills what was left out with the defaults. @throws nothing. */
export function resolveLimits(limits: Partial<ICalendarLimits> | undefined): ICalendarLimits {
  return limits === undefined ? defaultLimits : { ...defaultLimits, ...limits };
}

/**
 * Whether a text has more UTF-8 octets than allowed; counts them only where the length leaves a doubt.
 *
 * @throws nothing.
 */
export function exceedsOctets(text: string, max: number): boolean {
  if (text.length * 3 <= max) return false;
  return text.length > max || Buffer.byteLength(text) > max;
}
