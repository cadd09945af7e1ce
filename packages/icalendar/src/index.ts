export {
  type CalAddress,
  calAddressKey,
  type Mailbox,
  mailboxOf,
  parseCalAddress,
  sameCalAddress,
} from './cal-address.ts';
export {
  type Component,
  type ComponentChild,
  makeComponent,
  makeProperty,
  mapChildren,
  type Parameter,
  type Property,
  parameter,
  properties,
  property,
  propertyValue,
  subcomponents,
  withAddedProperties,
  withChildren,
  withoutProperties,
  withParameter,
  withProperty,
  withValue,
} from './component.ts';
export {
  type CalendarDate,
  type CalendarDateTime,
  type DateValue,
  formatDateValue,
  formatPeriod,
  formatUtc,
  type Period,
  type PropertyDate,
  parseDateValue,
  parsePeriod,
  readDates,
  readDateValue,
  utcDateTime,
} from './date-time.ts';
export {
  type Duration,
  durationOfSeconds,
  exactSeconds,
  formatDuration,
  nominalDays,
  parseDuration,
} from './duration.ts';
export { ICalendarError, type ICalendarErrorCode } from './errors.ts';
export { formatCalendar, formatComponents, formatProperty } from './format.ts';
export { defaultLimits, type ICalendarLimits } from './limits.ts';
export { decodeCalendar, parseCalendar, parseComponents } from './parse.ts';
export { clipPeriods, formatPeriods, mergePeriods } from './periods.ts';
export { escapeText, splitUnescaped, textProperty, textValues, unescapeText } from './text.ts';
