export {
  type CalAddress,
  calAddressKey,
  calAddressKeyOf,
  type Mailbox,
  mailboxOf,
  parseCalAddress,
  sameCalAddress,
} from './cal-address.ts';
export { checkValues, type Finding } from './check-values.ts';
export {
  type Component,
  type ComponentChild,
  makeComponent,
  makeProperty,
  mapChildren,
  type Parameter,
  parameter,
  properties,
  property,
  type Property,
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
  dateTimeOf,
  type DateValue,
  formatDateValue,
  formatPeriod,
  formatUtc,
  parseDateValue,
  parsePeriod,
  type Period,
  type PropertyDate,
  readDates,
  readDateValue,
  secondsOf,
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
export { formatJcal, type JcalComponent, type JcalProperty, parseJcal, parseJcalComponent } from './jcal.ts';
export { defaultLimits, type ICalendarLimits } from './limits.ts';
export { decodeCalendar, parseCalendar, parseComponents } from './parse.ts';
export { clipPeriods, formatPeriods, mergePeriods } from './periods.ts';
export { expand, type ExpandOptions, type Expansion } from './recurrence/expand.ts';
export type { Instance } from './recurrence/instance.ts';
export { instancesOf, type InstancesOptions, recurringComponents } from './recurrence/instances-of.ts';
export { supportedRscales } from './recurrence/other-calendar.ts';
export {
  formatRecurrenceRule,
  type Frequency,
  parseRecurrenceRule,
  type RecurrenceRule,
  type RuleDay,
  type RuleMonth,
  type Skip,
} from './recurrence/rule.ts';
export { type ComponentTime, type Override, readRecurrenceSet, type RecurrenceSet } from './recurrence/series.ts';
export { escapeText, splitUnescaped, textProperty, textValues, unescapeText } from './text.ts';
export { type TypedValues, typedValues, valueType } from './values.ts';
export { ianaZone } from './zones/iana-zone.ts';
export { timeZoneComponent } from './zones/time-zone-component.ts';
export { type TimeZone, utcZone } from './zones/time-zone.ts';
export { epochOf, type ZonedValue, zoneOfValue, type Zones, zonesOf, type ZonesOptions } from './zones/zones.ts';
