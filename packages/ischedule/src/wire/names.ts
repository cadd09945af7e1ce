/** The draft's XML namespace: of everything we write, and of most of what peers write. */
export const ischeduleNamespace = 'urn:ietf:params:xml:ns:ischedule';

/** The one protocol version there is. */
export const protocolVersion = '1.0';

export const wellKnownPath = '/.well-known/ischedule';

/** Media types of calendar data that we can read and write. */
export type CalendarMediaType = 'text/calendar' | 'application/calendar+json';

/** On scheduling requests and on their answers. */
export const noCaching = 'no-cache, no-transform';

export const xmlMediaType = 'application/xml; charset=utf-8';
