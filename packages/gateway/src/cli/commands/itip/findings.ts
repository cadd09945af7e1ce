import { checkValues, type Finding as ValueFinding } from '@isched/icalendar';
import {
  checkMessage,
  formatRequestStatus,
  type ItipMessage,
  type RequestStatusCode,
  requestStatus,
} from '@isched/itip';

/** A broken rule, as programs read it. */
export interface FindingJson {
  readonly code: string;
  /** Where the rule stands: `5546`, `3.2.2`. */
  readonly rfc: number;
  readonly section: string;
  readonly component: string;
  readonly property: string | null;
  /** Which instance, by its RECURRENCE-ID's value. */
  readonly recurrenceId: string | null;
  readonly requestStatus: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** The rules of its method that a message breaks, and its values that are none of their type. @throws nothing. */
export function findingsOf(message: ItipMessage): readonly FindingJson[] {
  return [...methodFindings(message), ...valueFindings(message)];
}

function methodFindings(message: ItipMessage): readonly FindingJson[] {
  return checkMessage(message).map((finding) => ({
    code: finding.code,
    rfc: 5546,
    section: finding.section,
    component: finding.component,
    property: finding.property ?? null,
    recurrenceId: finding.recurrenceId ?? null,
    requestStatus: formatRequestStatus(finding.requestStatus),
    severity: finding.severity,
    message: finding.message,
  }));
}

/** At most so many: who breaks more rules has been told enough. */
const maxValueFindings = 200;

function valueFindings(message: ItipMessage): readonly FindingJson[] {
  return checkValues(message.calendar)
    .slice(0, maxValueFindings)
    .map((finding) => ({
      code: finding.code,
      rfc: 5545,
      section: '3.3',
      component: finding.component,
      property: finding.property,
      recurrenceId: null,
      requestStatus: formatRequestStatus(requestStatus(statusOfCode[finding.code] ?? '3.1', finding.property)),
      severity: 'error',
      message: finding.message,
    }));
}

/** What a value that is none of its type earns; of the others it is 3.1. */
const statusOfCode: Partial<Record<ValueFinding['code'], RequestStatusCode>> = {
  'invalid-recurrence': '3.6',
  'unsupported-recurrence': '3.6',
  'invalid-date': '3.5',
  'invalid-duration': '3.5',
  'invalid-period': '3.5',
  'end-before-start': '3.5',
  'end-and-duration': '3.5',
  'mixed-date-kinds': '3.5',
};

/** One line for a person. @throws nothing. */
export function describeFinding(finding: FindingJson): string {
  const { severity, component, property, recurrenceId, message, rfc, section, requestStatus: status } = finding;
  const where = [component, property].filter((name) => name !== null).join('.');
  const instance = recurrenceId === null ? '' : ` of ${recurrenceId}`;
  return `${severity}: ${where}${instance}: ${message} (RFC ${rfc} §${section}; ${status})`;
}
