import { type Component, properties, propertyValue, subcomponents } from '@isched/icalendar';
import type { ItipMessage } from '../message.ts';
import { tzidOf, zonesUsed } from '../outgoing/compose.ts';
import { type RequestStatusCode, requestStatus } from '../request-status.ts';
import type { Finding } from './finding.ts';
import { calendarProperties } from './known-properties.ts';
import type { Restriction } from './restriction.ts';

/** The rules for the calendar as a whole. @throws nothing. @see RFC 5546 §3.1.1. */
export function checkCalendar({ calendar, components }: ItipMessage, restriction: Restriction): readonly Finding[] {
  const once = ['PRODID', 'VERSION'].filter((name) => properties(calendar, name).length !== 1);
  const version = propertyValue(calendar, 'VERSION')?.trim();
  const strange = properties(calendar).filter(({ name }) => !calendarProperties.has(name) && !name.startsWith('X-'));
  return [
    ...once.map((name) => finding('property-missing', name, `${name} must be present once`)),
    ...(version === undefined || version === '2.0'
      ? []
      : [
          {
            ...finding('value-invalid', 'VERSION', 'VERSION must be 2.0'),
            requestStatus: requestStatus('3.9', 'VERSION'),
          },
        ]),
    ...strange.map(({ name }) => finding('property-unknown', name, `${name} is no registered property`)),
    ...(restriction.count === 'one' && components.length > 1
      ? [
          inSection(
            restriction,
            finding('component-repeated', restriction.component, `only one ${restriction.component} is allowed`),
          ),
        ]
      : []),
  ];
}

/** Zones that are referred to must be there, and say something. @throws nothing. @see RFC 5546 §3.1.2. */
export function checkZones({ calendar, components }: ItipMessage, restriction: Restriction): readonly Finding[] {
  const zones = subcomponents(calendar, 'VTIMEZONE');
  const defined = new Set(zones.map(tzidOf));
  const missing = [...new Set(components.flatMap(zonesUsed))].filter((tzid) => !defined.has(tzid));
  const about = (code: Finding['code'], message: string): Finding => ({
    ...inSection(restriction, finding(code, code === 'zone-missing' ? 'TZID' : 'VTIMEZONE', message)),
    component: 'VTIMEZONE',
  });
  return [
    ...missing.map((tzid) => about('zone-missing', `VTIMEZONE of ${tzid.slice(0, 80)} must be present`)),
    ...(restriction.zones === 'none' && zones.length > 0
      ? [about('component-forbidden', 'VTIMEZONE must not be present')]
      : []),
    ...(restriction.zones === 'at-most-one' && zones.length > 1
      ? [about('component-repeated', 'only one VTIMEZONE is allowed')]
      : []),
    ...zones.flatMap(checkZone),
  ];
}

function checkZone(zone: Component): readonly Finding[] {
  const observances = subcomponents(zone).filter(({ name }) => name === 'STANDARD' || name === 'DAYLIGHT');
  const missing = [
    ...(propertyValue(zone, 'TZID') === undefined ? ['TZID'] : []),
    ...(observances.length === 0 ? ['STANDARD'] : []),
    ...observances.flatMap((observance) =>
      ['DTSTART', 'TZOFFSETFROM', 'TZOFFSETTO'].filter((name) => propertyValue(observance, name) === undefined),
    ),
  ];
  return missing.map((name) => ({
    ...finding('zone-invalid', name, `${name} must be present in a VTIMEZONE`),
    section: '3.1.2',
    component: 'VTIMEZONE',
  }));
}

/** The status that goes with each violation. */
const statuses: Readonly<Partial<Record<Finding['code'], RequestStatusCode>>> = {
  'property-unknown': '3.0',
  'component-repeated': '3.4',
  'component-forbidden': '3.13',
};

function finding(code: Finding['code'], property: string, message: string): Finding {
  return {
    code,
    section: '3.1.1',
    component: 'VCALENDAR',
    property,
    requestStatus: requestStatus(statuses[code] ?? '3.11', property),
    severity: 'warning',
    message,
  };
}

function inSection({ section }: Restriction, of: Finding): Finding {
  return { ...of, section };
}
