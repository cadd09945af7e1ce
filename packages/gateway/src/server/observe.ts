import type { ReceiverEvent } from '@isched/ischedule';
import type { ListenerEvent } from './http/listener.ts';
import type { Logger } from './log.ts';

/**
 * One line for each answer to a peer. Strangers' own words are clipped, and told at `debug` only: they must not be able to
 * fill the disk.
 *
 * @throws nothing.
 */
export function logReceiverEvent(log: Logger, event: ReceiverEvent): void {
  switch (event.type) {
    case 'answered': {
      const { envelope, signedBy, itip, requestStatuses, remoteAddress } = event;
      log.info(
        {
          messageId: clip(envelope.messageId),
          originator: clip(envelope.originator),
          signingDomain: signedBy.signingDomain,
          method: itip.method,
          component: itip.componentType,
          uid: clip(itip.uid),
          requestStatuses: requestStatuses.slice(0, 20),
          remoteAddress,
        },
        'message answered',
      );
      break;
    }
    case 'refused': {
      const { reason, status, description, cause, envelope, signedBy, remoteAddress } = event;
      const level = status >= 500 ? 'warn' : signedBy ? 'info' : 'debug';
      log[level](
        {
          reason,
          status,
          description: clip(description),
          originator: clip(envelope?.originator),
          signingDomain: signedBy?.signingDomain,
          remoteAddress,
          ...(cause !== undefined && { err: cause }),
        },
        'message refused',
      );
      break;
    }
    default:
      event satisfies never;
  }
}

/** What a listener has to tell. @throws nothing. */
export function logListenerEvent(log: Logger, event: ListenerEvent): void {
  switch (event.type) {
    case 'refused':
    case 'not-allowed':
    case 'too-many-connections':
      log.debug(event, `connection: ${event.type}`);
      break;
    case 'handler-failed':
      log.error({ err: event.cause }, 'a request could not be answered');
      break;
    case 'certificate-loaded':
      log.info('certificate loaded');
      break;
    case 'certificate-unusable':
      log.error({ err: event.cause }, 'the new certificate can not be used; the old one stays');
      break;
    default:
      event satisfies never;
  }
}

function clip(text: string | undefined): string | undefined {
  return text !== undefined && text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
