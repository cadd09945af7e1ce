import { formatUtc } from '@isched/icalendar';
import { type Octets, octetsFromText } from '@isched/values';
import type { OwnCapabilities } from '../capabilities/capabilities.ts';
import { ischeduleNamespace } from './names.ts';
import { escapeXml } from './xml.ts';

/**
 * Writes our capabilities in the first drafts' vocabulary: the only one that DAViCal and EGroupware read.
 *
 * @throws nothing.
 * @see draft-desruisseaux-ischedule-00; peers-on-the-wire Q1.
 */
export function formatLegacyCapabilities(of: OwnCapabilities): Octets {
  const components = of.schedulingMessages.map(({ component, methods }) => {
    const children = methods.map((method) => `<method name="${escapeXml(method)}"/>`).join('');
    return `<comp name="${escapeXml(component)}">${children}</comp>`;
  });
  const types = of.calendarDataTypes.map(
    ({ contentType, version }) =>
      `<calendar-data-type content-type="${escapeXml(contentType)}" version="${escapeXml(version ?? '2.0')}"/>`,
  );
  const attachments = [
    ...(of.attachments.inline ? ['<inline-attachment/>'] : []),
    ...(of.attachments.external ? ['<external-attachment/>'] : []),
  ];
  const lines = [
    '<?xml version="1.0" encoding="utf-8"?>',
    `<query-result xmlns="${ischeduleNamespace}">`,
    '<capability-set>',
    `<supported-version-set>${of.versions.map((version) => `<version>${version}</version>`).join('')}</supported-version-set>`,
    `<supported-scheduling-message-set>${components.join('')}</supported-scheduling-message-set>`,
    `<supported-calendar-data-type>${types.join('')}</supported-calendar-data-type>`,
    `<supported-attachment-values>${attachments.join('')}</supported-attachment-values>`,
    '<supported-recipient-uri-scheme-set><scheme>mailto</scheme></supported-recipient-uri-scheme-set>',
    `<max-content-length>${of.maxContentLength}</max-content-length>`,
    `<min-date-time>${formatUtc(of.minDateTime)}</min-date-time>`,
    `<max-date-time>${formatUtc(of.maxDateTime)}</max-date-time>`,
    `<max-instances>${of.maxInstances}</max-instances>`,
    `<max-recipients>${of.maxRecipients}</max-recipients>`,
    `<administrator>${escapeXml(of.administrator)}</administrator>`,
    '</capability-set>',
    '</query-result>',
    '',
  ];
  return octetsFromText(lines.join('\n'));
}
