import { type Component, type Property, parameter, properties, propertyValue, subcomponents } from '@isched/icalendar';
import { addressKey } from '../attendee.ts';
import type { ItipMessage } from '../message.ts';
import { type RequestStatusCode, requestStatus } from '../request-status.ts';
import { sequenceNumber } from '../revision.ts';
import { checkCalendar, checkZones } from './check-calendar.ts';
import type { Finding, FindingCode } from './finding.ts';
import { laterProperties } from './known-properties.ts';
import type { Restriction } from './restriction.ts';
import { restrictionFor } from './restrictions.ts';

/** At most so many findings: who breaks more rules has been told enough. */
const maxFindings = 200;

/**
 * Every way in which a message breaks the restriction table of its method. What we send must have none; in what we
 * receive only errors keep it from being processed.
 *
 * @returns in the order of the components; at most 200.
 * @throws nothing.
 * @see RFC 5546 §3.1 to §3.5.
 */
export function checkMessage(message: ItipMessage): readonly Finding[] {
  const restriction = restrictionFor(message.method, message.componentType);
  if (!restriction) return [];
  const findings = [
    ...checkCalendar(message, restriction),
    ...message.components.flatMap((component) => checkComponent(component, restriction)),
    ...checkZones(message, restriction),
    ...checkOneAttendee(message, restriction),
  ];
  return findings.slice(0, maxFindings);
}

interface Rule {
  readonly code: FindingCode;
  readonly status: RequestStatusCode;
  readonly severity?: 'error' | 'warning';
  readonly message: string;
}

/** Makes findings about one component. @throws nothing. */
export function finderFor(component: Component, section: string): (rule: Rule, property?: string) => Finding {
  const recurrenceId = propertyValue(component, 'RECURRENCE-ID');
  return (rule, property) => ({
    code: rule.code,
    section,
    component: component.name,
    ...(property === undefined ? {} : { property }),
    ...(recurrenceId === undefined ? {} : { recurrenceId }),
    requestStatus: requestStatus(rule.status, property),
    severity: rule.severity ?? 'warning',
    message: rule.message,
  });
}

function checkComponent(component: Component, restriction: Restriction): readonly Finding[] {
  const find = finderFor(component, restriction.section);
  const counts = new Map<string, number>();
  for (const { name } of properties(component)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [
    ...presence(counts, restriction, find),
    ...unknown(counts, restriction, find),
    ...values(component, restriction, find),
    ...inner(component, restriction, find),
  ];
}

type Find = ReturnType<typeof finderFor>;

function presence(counts: ReadonlyMap<string, number>, restriction: Restriction, find: Find): readonly Finding[] {
  const missing = [...restriction.once, ...restriction.atLeastOnce]
    .filter((name) => !counts.has(name))
    .map((name) => find({ code: 'property-missing', status: '3.11', message: `${name} must be present` }, name));
  const repeated = [...restriction.once, ...restriction.atMostOnce]
    .filter((name) => (counts.get(name) ?? 0) > 1 && !(restriction.method === 'REPLY' && name === 'ATTENDEE'))
    .map((name) => find({ code: 'property-repeated', status: '3.1', message: `${name} must not be repeated` }, name));
  const forbidden = restriction.never
    .filter((name) => counts.has(name))
    .map((name) => find({ code: 'property-forbidden', status: '3.13', message: `${name} must not be present` }, name));
  const exclusive = (['DTEND', 'DUE'] as const)
    .filter((name) => counts.has(name) && counts.has('DURATION'))
    .map((name) =>
      find({ code: 'properties-exclusive', status: '3.1', message: `${name} and DURATION exclude each other` }, name),
    );
  return [...missing, ...repeated, ...forbidden, ...exclusive];
}

function unknown(counts: ReadonlyMap<string, number>, restriction: Restriction, find: Find): readonly Finding[] {
  const known = new Set([
    ...restriction.once,
    ...restriction.atLeastOnce,
    ...restriction.atMostOnce,
    ...restriction.any,
    ...restriction.never,
    'SEQUENCE',
    'REQUEST-STATUS',
  ]);
  return [...counts.keys()]
    .filter((name) => !known.has(name) && !name.startsWith('X-') && !laterProperties.has(name))
    .map((name) =>
      find({ code: 'property-unknown', status: '3.0', message: `${name} is no registered property` }, name),
    );
}

function values(component: Component, restriction: Restriction, find: Find): readonly Finding[] {
  const findings: Finding[] = [];
  const status = propertyValue(component, 'STATUS')?.trim().toUpperCase();
  if (status !== undefined && restriction.status && !restriction.status.includes(status)) {
    const allowed = restriction.status.join(', ');
    findings.push(
      find({ code: 'value-invalid', status: '3.1', message: `STATUS must be one of ${allowed}` }, 'STATUS'),
    );
  }
  if (restriction.method === 'ADD' && sequenceNumber(propertyValue(component, 'SEQUENCE')) === 0) {
    findings.push(
      find({ code: 'sequence-not-positive', status: '3.1', message: 'SEQUENCE must be greater than 0' }, 'SEQUENCE'),
    );
  }
  return component.name === 'VFREEBUSY' ? [...findings, ...busyTimes(component, find)] : findings;
}

function busyTimes(component: Component, find: Find): readonly Finding[] {
  return ['DTSTART', 'DTEND'].flatMap((name) => {
    const value = propertyValue(component, name)?.trim();
    if (value === undefined || /^\d{8}T\d{6}Z$/.test(value)) return [];
    return [
      find({ code: 'utc-needed', status: '3.5', severity: 'error', message: `${name} must be a UTC time` }, name),
    ];
  });
}

function inner(component: Component, restriction: Restriction, find: Find): readonly Finding[] {
  if (restriction.alarms === 'any' || subcomponents(component, 'VALARM').length === 0) return [];
  return [find({ code: 'component-forbidden', status: '3.13', message: 'VALARM must not be present' }, 'VALARM')];
}

/** An answer is from one attendee; a delegator's names the delegate too. */
function checkOneAttendee(message: ItipMessage, restriction: Restriction): readonly Finding[] {
  if (message.method !== 'REPLY' || message.components.length === 0) return [];
  const people = message.components.map((component) => answering(properties(component, 'ATTENDEE')));
  const findings = message.components.flatMap((component, at) =>
    people[at] === undefined && properties(component, 'ATTENDEE').length > 1
      ? [
          finderFor(component, restriction.section)(
            { code: 'property-repeated', status: '3.1', message: 'an answer has one ATTENDEE' },
            'ATTENDEE',
          ),
        ]
      : [],
  );
  const named = new Set(people.filter((each) => each !== undefined));
  if (named.size <= 1) return findings;
  const first = message.components[0] as Component;
  const rule: Rule = {
    code: 'attendees-differ',
    status: '3.7',
    severity: 'error',
    message: 'the components answer for different attendees',
  };
  return [...findings, finderFor(first, restriction.section)(rule, 'ATTENDEE')];
}

function answering(lines: readonly Property[]): string | undefined {
  const line = lines.length === 1 ? lines[0] : lines.find((each) => parameter(each, 'DELEGATED-TO') !== undefined);
  return line && addressKey(line.value);
}
