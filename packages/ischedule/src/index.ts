export {
  type PeerCapabilities,
  type PeerCapabilitiesOptions,
  type CapabilitiesLookup,
  createPeerCapabilities,
  type LocatedReceiver,
} from './capabilities/cached.ts';
export { rememberFailures, type RememberedFailuresOptions } from './capabilities/remembered-failures.ts';
export { admits, type WeighedMessage } from './capabilities/admits.ts';
export {
  type AttachmentSupport,
  type CalendarDataType,
  type Capabilities,
  type OwnCapabilities,
  type OwnCapabilitiesOptions,
  ownCapabilities,
  type SupportedMessages,
} from './capabilities/capabilities.ts';
export type { Attempt } from './discovery/ask.ts';
export { domainOfAddress } from './discovery/domain-of-address.ts';
export { createLocator, type LocatorDeps, type LocatorOptions, type StaticRoute } from './discovery/locate.ts';
export type { Candidate, Location, ReceiverLocator } from './discovery/location.ts';
export {
  type FaultCode,
  faultStatus,
  ReceiverRefusal,
  type ReceiverTrouble,
  SchedulingFault,
  TemporarilyUnavailable,
  troubleStatus,
} from './fault.ts';
export type {
  AuthenticatedMessage,
  Deliver,
  DeliveryResult,
  Envelope,
  OutgoingMessage,
  Recipient,
  SignedBy,
} from './message.ts';
export { type Breach, checkMessageRules, type MessageRuleOptions } from './message-rules.ts';
export type { ReceiverEvent } from './receiver/events.ts';
export type { Admission, ReceiverDeps, ReceiverOptions, Visitor } from './receiver/options.ts';
export { createReceiver, type Receiver } from './receiver/receiver.ts';
export { temporaryTrouble, type Trouble } from './receiver/trouble.ts';
export type { SenderDeps, SenderOptions } from './sender/errand.ts';
export {
  meaningOf,
  meaningOfStatus,
  type OutcomeMeaning,
  type RecipientOutcome,
  type Verdict,
} from './sender/outcomes.ts';
export { createSender, type Sender } from './sender/sender.ts';
export { ischedule } from './service.ts';
export { formatCapabilities, readCapabilities } from './wire/capabilities-document.ts';
export { formatErrorDocument, type PeerError } from './wire/error-document.ts';
export { type CalendarMediaType, ischeduleNamespace, protocolVersion, wellKnownPath } from './wire/names.ts';
export { type PeerAnswer, type PeerResponse, readScheduleAnswer } from './wire/schedule-response.ts';
