import { type Component, properties, type Property, parameter, subcomponents } from '@isched/icalendar';
import type { ItipMessage } from '@isched/itip';
import type { Breach } from '../message-rules.ts';
import { protocolVersion } from '../wire/names.ts';
import { type AttachmentSupport, type Capabilities, takesMediaType, takesMessage } from './capabilities.ts';
import { checkPropertyDates } from './date-limits.ts';
import { checkInstances, type InstanceOptions } from './instance-limits.ts';

/** A message as the limits see it. */
export interface WeighedMessage {
  readonly itip: ItipMessage;
  readonly mediaType: string;
  readonly contentOctets: number;
}

/**
 * Judges a message against capabilities: a peer's before we send, our own when we receive. What is not stated is no limit.
 *
 * @returns why it would be refused, or nothing.
 * @throws nothing.
 * @see iSchedule digest §2.
 */
export function admits(
  message: WeighedMessage,
  capabilities: Capabilities,
  options: InstanceOptions = {},
): Breach | undefined {
  const { itip } = message;
  if (!fitsVersion(capabilities)) return { fault: 'version-not-supported', description: 'Version 1.0 is not spoken.' };
  if (!takesMediaType(capabilities, message.mediaType)) {
    return { fault: 'invalid-calendar-data-type', description: `${message.mediaType} is not taken.` };
  }
  const maxOctets = capabilities.maxContentLength;
  if (maxOctets !== undefined && message.contentOctets > maxOctets) {
    return { fault: 'max-content-length', description: `The content is longer than ${maxOctets} octets.` };
  }
  if (!takesMessage(capabilities, itip.componentType, itip.method)) {
    return {
      fault: 'invalid-scheduling-message',
      description: `${itip.method} of ${itip.componentType} is not taken.`,
    };
  }
  return (
    checkAttachments(itip, capabilities.attachments) ??
    checkPropertyDates(itip, capabilities) ??
    checkInstances(itip, capabilities, options)
  );
}

/** The RSCALEs of a message that the capabilities do not list. @throws nothing. @see RFC 7529. */
export function unsupportedRscales(itip: ItipMessage, capabilities: Capabilities): readonly string[] {
  const { rscales } = capabilities;
  if (!rscales) return [];
  return itip.components
    .flatMap((component) => properties(component, 'RRULE'))
    .flatMap(({ value }) => /(?:^|;)RSCALE=([^;]*)/i.exec(value)?.[1]?.trim().toUpperCase() ?? [])
    .filter((rscale) => !rscales.includes(rscale));
}

/** One peer says `1`. */
function fitsVersion({ versions }: Capabilities): boolean {
  return !versions || versions.length === 0 || versions.includes(protocolVersion) || versions.includes('1');
}

function checkAttachments(itip: ItipMessage, support: AttachmentSupport | undefined): Breach | undefined {
  if (!support || (support.inline && support.external)) return undefined;
  for (const attachment of itip.components.flatMap(attachmentsOf)) {
    const inline = isInline(attachment);
    if (inline ? support.inline : support.external) continue;
    const kind = inline ? 'inline' : 'external';
    return { fault: 'attachment-type-not-supported', description: `An ${kind} attachment is not taken.` };
  }
  return undefined;
}

/** Those of alarms too: content is content. */
function attachmentsOf(component: Component): readonly Property[] {
  return [...properties(component, 'ATTACH'), ...subcomponents(component).flatMap(attachmentsOf)];
}

function isInline(attachment: Property): boolean {
  return (
    parameter(attachment, 'VALUE')?.toUpperCase() === 'BINARY' ||
    parameter(attachment, 'ENCODING')?.toUpperCase() === 'BASE64' ||
    /^\s*data:/i.test(attachment.value)
  );
}
