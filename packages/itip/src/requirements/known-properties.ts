/**
 * Registered properties of scheduling components, beside those of RFC 5546's tables.
 *
 * @see RFC 7986 §5, RFC 9073 §6, RFC 9074, RFC 9253, RFC 7953.
 */
export const laterProperties: ReadonlySet<string> = new Set([
  'ACKNOWLEDGED',
  'BUSYTYPE',
  'COLOR',
  'CONCEPT',
  'CONFERENCE',
  'EXRULE',
  'IMAGE',
  'LINK',
  'LOCATION-TYPE',
  'NAME',
  'PARTICIPANT-TYPE',
  'POLL-ITEM-ID',
  'REFID',
  'REFRESH-INTERVAL',
  'RESOURCE-TYPE',
  'SOURCE',
  'STRUCTURED-DATA',
  'STYLED-DESCRIPTION',
]);

/** Registered properties of a calendar. @see RFC 5545 §3.7, RFC 7986 §5. */
export const calendarProperties: ReadonlySet<string> = new Set([
  'CALSCALE',
  'CATEGORIES',
  'COLOR',
  'DESCRIPTION',
  'IMAGE',
  'LAST-MODIFIED',
  'METHOD',
  'NAME',
  'PRODID',
  'REFRESH-INTERVAL',
  'SOURCE',
  'UID',
  'URL',
  'VERSION',
]);
