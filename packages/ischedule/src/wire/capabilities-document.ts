import { formatUtc, ICalendarError, parseDateValue } from '@isched/icalendar';
import { type EpochMs, type Octets, octetsFromText } from '@isched/values';
import type {
  Capabilities,
  CalendarDataType,
  OwnCapabilities,
  SupportedMessages,
} from '../capabilities/capabilities.ts';
import { utcFromCivil } from './http-date.ts';
import { ischeduleNamespace } from './names.ts';
import { childNamed, childrenNamed, decodeXml, escapeXml, parseXml, type XmlElement, XmlError } from './xml.ts';

/**
 * Writes the capabilities document: all twelve elements, once, in the draft's order.
 *
 * @throws nothing.
 */
export function formatCapabilities(of: OwnCapabilities): Octets {
  const lines = [
    '<?xml version="1.0" encoding="utf-8"?>',
    `<query-result xmlns="${ischeduleNamespace}">`,
    '<capabilities>',
    textElement('serial-number', of.serialNumber),
    ...listElement(
      'versions',
      of.versions.map((version) => textElement('version', version)),
    ),
    ...listElement('scheduling-messages', of.schedulingMessages.flatMap(componentLines)),
    ...listElement('calendar-data-types', of.calendarDataTypes.map(dataTypeLine)),
    ...listElement('attachments', [
      ...(of.attachments.inline ? ['<inline/>'] : []),
      ...(of.attachments.external ? ['<external/>'] : []),
    ]),
    ...listElement(
      'rscales',
      of.rscales.map((rscale) => textElement('rscale', rscale)),
    ),
    textElement('max-content-length', String(of.maxContentLength)),
    textElement('min-date-time', formatUtc(of.minDateTime)),
    textElement('max-date-time', formatUtc(of.maxDateTime)),
    textElement('max-instances', String(of.maxInstances)),
    textElement('max-recipients', String(of.maxRecipients)),
    textElement('administrator', of.administrator),
    '</capabilities>',
    '</query-result>',
    '',
  ];
  return octetsFromText(lines.join('\n'));
}

/**
 * Reads a peer's capabilities document: any subset, any order, any prefix. What is not understood is left out, the first
 * drafts' vocabulary included, and a limit that is missing, empty or no number is none.
 *
 * @throws XmlError when it is no XML, or a document of another kind.
 */
export function readCapabilities(content: Octets): Capabilities {
  const root = parseXml(decodeXml(content));
  if (root.name !== 'query-result') throw new XmlError('other-document', `no query-result: ${root.name.slice(0, 80)}`);
  const of = childNamed(root, 'capabilities');
  if (!of) return {};
  const attachments = childNamed(of, 'attachments');
  const rscales = childNamed(of, 'rscales');
  return {
    serialNumber: textOf(of, 'serial-number'),
    versions: listOf(childNamed(of, 'versions'), 'version'),
    schedulingMessages: readMessages(childNamed(of, 'scheduling-messages')),
    calendarDataTypes: readDataTypes(childNamed(of, 'calendar-data-types')),
    attachments: attachments && {
      inline: childNamed(attachments, 'inline') !== undefined,
      external: childNamed(attachments, 'external') !== undefined,
    },
    rscales: rscales && childrenNamed(rscales, 'rscale').map((rscale) => rscale.text.trim().toUpperCase()),
    maxContentLength: numberOf(of, 'max-content-length'),
    minDateTime: dateTimeOf(of, 'min-date-time'),
    maxDateTime: dateTimeOf(of, 'max-date-time'),
    maxInstances: numberOf(of, 'max-instances'),
    maxRecipients: numberOf(of, 'max-recipients'),
    administrator: textOf(of, 'administrator'),
  };
}

function componentLines(entry: SupportedMessages): readonly string[] {
  const start = `<component name="${escapeXml(entry.component)}"`;
  if (entry.methods.length === 0) return [`${start}/>`];
  return [`${start}>`, ...entry.methods.map((method) => `<method name="${escapeXml(method)}"/>`), '</component>'];
}

function dataTypeLine(type: CalendarDataType): string {
  const version = type.version === undefined ? '' : ` version="${escapeXml(type.version)}"`;
  return `<calendar-data-type content-type="${escapeXml(type.contentType)}"${version}/>`;
}

function textElement(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}

function listElement(name: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [`<${name}/>`] : [`<${name}>`, ...lines, `</${name}>`];
}

/** Without a component named there is nothing stated. */
function readMessages(element: XmlElement | undefined): readonly SupportedMessages[] | undefined {
  if (!element) return undefined;
  const entries = childrenNamed(element, 'component').flatMap((component) => {
    const name = component.attributes['name']?.trim().toUpperCase();
    if (!name) return [];
    const methods = childrenNamed(component, 'method').map((method) => (method.attributes['name'] ?? '').toUpperCase());
    return [{ component: name, methods: methods.filter((method) => method !== '') }];
  });
  return entries.length === 0 ? undefined : entries;
}

function readDataTypes(element: XmlElement | undefined): readonly CalendarDataType[] | undefined {
  if (!element) return undefined;
  const types = childrenNamed(element, 'calendar-data-type', 'calendar-data').flatMap((type) => {
    const contentType = type.attributes['content-type']?.split(';')[0]?.trim().toLowerCase();
    return contentType ? [{ contentType, version: type.attributes['version'] }] : [];
  });
  return types.length === 0 ? undefined : types;
}

function listOf(element: XmlElement | undefined, name: string): readonly string[] | undefined {
  const texts = element && childrenNamed(element, name).map((child) => child.text.trim());
  const stated = texts?.filter((text) => text !== '');
  return stated && stated.length > 0 ? stated : undefined;
}

function textOf(element: XmlElement, name: string): string | undefined {
  return childNamed(element, name)?.text.trim() || undefined;
}

function numberOf(element: XmlElement, name: string): number | undefined {
  const text = textOf(element, name);
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function dateTimeOf(element: XmlElement, name: string): EpochMs | undefined {
  try {
    const value = parseDateValue(textOf(element, name) ?? '');
    return value.kind === 'date-time' && value.utc ? utcFromCivil(value) : undefined;
  } catch (error) {
    if (error instanceof ICalendarError) return undefined;
    throw error;
  }
}
