import { hash } from 'node:crypto';
import { type CalAddress, calAddressKey } from '@isched/icalendar';
import type { AuthenticatedMessage } from '@isched/ischedule';
import type { ItipMessage } from '@isched/itip';
import type { DomainName } from '@isched/values';
import type { MessageKey } from '../ports/received-messages.ts';

/** Somebody a message is for. */
export interface InboundRecipient {
  readonly address: CalAddress;
  /** The address normalised. */
  readonly key: string;
}

/** A message for users here whose originator is beyond doubt. */
export interface InboundMessage {
  readonly itip: ItipMessage;
  readonly originator: CalAddress;
  readonly recipients: readonly InboundRecipient[];
  /** How long the content is, about. Octets. */
  readonly octets: number;
  readonly messageId?: string | undefined;
  /** What a repeat is known by; absent for a message that never left the house: iTIP's own order is enough for those. */
  readonly signed?: { readonly by: DomainName; readonly contentHash: string } | undefined;
}

/** A peer may make a message id as long as its header; we only write it down. */
const longestMessageId = 255;

/** A message that came by the wire. @throws nothing. */
export function inboundFromWire(message: AuthenticatedMessage): InboundMessage {
  const { itip, originator, recipients, messageId, content, signedBy } = message;
  const contentHash = hash('sha256', content, 'base64url');
  return {
    itip,
    originator,
    recipients,
    octets: content.length,
    messageId: messageId?.slice(0, longestMessageId),
    signed: { by: signedBy.signingDomain, contentHash },
  };
}

/** A message from one user here to others. @throws nothing. */
export function inboundFromHere(message: {
  readonly itip: ItipMessage;
  readonly originator: CalAddress;
  readonly recipients: readonly CalAddress[];
}): InboundMessage {
  const recipients = message.recipients.map((address) => ({ address, key: calAddressKey(address) }));
  return { itip: message.itip, originator: message.originator, recipients, octets: 0 };
}

/** What the message is known by for one recipient. @throws nothing. */
export function messageKey(message: InboundMessage, recipient: InboundRecipient): MessageKey | undefined {
  const { signed, originator, itip } = message;
  return (
    signed && {
      signingDomain: signed.by,
      originator: calAddressKey(originator),
      recipient: recipient.key,
      method: itip.method,
      contentHash: signed.contentHash,
    }
  );
}
