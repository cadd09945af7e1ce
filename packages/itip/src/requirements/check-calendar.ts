import { type Component, properties, propertyValue, subcomponents } from '@isched/icalendar';
import type { ItipMessage } from '../message.ts';
import { tzidOf, zonesUsed } from '../outgoing/compose.ts';
import { requestStatus } from '../request-status.ts';
import type { Finding } from './finding.ts';
import { calendarProperties } from './known-properties.ts';
import type { Restriction } from './restriction.ts';

/** The rules for the calendar as a whole. @throws nothing. @see RFC 5546 §3.1.1. */
export function checkCalendar({ calendar, components }: ItipMessage, restriction: Restriction): readonly Finding[] {
  const findings: Finding[] = [];
  for (const name of ['PRODID', 'VERSION']) {
    if (properties(calendar, name).length === 1) continue;
    findings.push(aboutCalendar('property-missing', name, '3.11', `${name} must be present once`));
  }
  const version = propertyValue(calendar, 'VERSION')?.trim();
  if (version !== undefined && version !== '2.0') {
    findings.push(aboutCalendar('value-invalid', 'VERSION', '3.9', 'VERSION must be 2.0'));
  }
  for (const { name } of properties(calendar)) {
    if (calendarProperties.has(name) || name.startsWith('X-')) continue;
    findings.push(aboutCalendar('property-unknown', name, '3.0', `${name} is no registered property`));
  }
  if (restriction.count === 'one' && components.length > 1) {
    findings.push({
      ...aboutCalendar(
        'component-repeated',
        restriction.component,
        '3.4',
        `only one ${restriction.component} is allowed`,
      ),
      section: restriction.section,
    });
  }
  return findings;
}

function aboutCalendar(
  code: Finding['code'],
  property: string,
  status: '3.0' | '3.4' | '3.9' | '3.11',
  message: string,
): Finding {
  const severity = 'warning';
  return {
    code,
    section: '3.1.1',
    component: 'VCALENDAR',
    property,
    requestStatus: requestStatus(status, property),
    severity,
    message,
  };
}

/** Zones that are referred to must be there, and say something. @throws nothing. @see RFC 5546 §3.1.2. */
export function checkZones({ calendar, components }: ItipMessage, restriction: Restriction): readonly Finding[] {
  const zones = subcomponents(calendar, 'VTIMEZONE');
  const defined = new Set(zones.map(tzidOf));
  const missing = [...new Set(components.flatMap(zonesUsed))].filter((tzid) => !defined.has(tzid));
  const findings = missing.map((tzid) =>
    aboutZone('zone-missing', restriction.section, 'TZID', `VTIMEZONE of ${tzid.slice(0, 80)} must be present`),
  );
  if (restriction.zones === 'none' && zones.length > 0) {
    findings.push(aboutZone('component-forbidden', restriction.section, 'VTIMEZONE', 'VTIMEZONE must not be present'));
  }
  if (restriction.zones === 'at-most-one' && zones.length > 1) {
    findings.push(aboutZone('component-repeated', restriction.section, 'VTIMEZONE', 'only one VTIMEZONE is allowed'));
  }
  return [...findings, ...zones.flatMap(checkZone)];
}

function checkZone(zone: Component): readonly Finding[] {
  const findings: Finding[] = [];
  const missing = (name: string): void => {
    findings.push(aboutZone('zone-invalid', '3.1.2', name, `${name} must be present in a VTIMEZONE`));
  };
  if (propertyValue(zone, 'TZID') === undefined) missing('TZID');
  const observances = subcomponents(zone).filter(({ name }) => name === 'STANDARD' || name === 'DAYLIGHT');
  if (observances.length === 0) missing('STANDARD');
  for (const observance of observances) {
    for (const name of ['DTSTART', 'TZOFFSETFROM', 'TZOFFSETTO']) {
      if (propertyValue(observance, name) === undefined) missing(name);
    }
  }
  return findings;
}

function aboutZone(code: Finding['code'], section: string, property: string, message: string): Finding {
  return {
    code,
    section,
    component: 'VTIMEZONE',
    property,
    requestStatus: requestStatus(code === 'component-forbidden' ? '3.13' : '3.11', property),
    severity: 'warning',
    message,
  };
}
