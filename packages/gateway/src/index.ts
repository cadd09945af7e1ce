export {
  allTime,
  type BusyPeriod,
  type BusyTimes,
  type CalendarObjects,
  type NewObject,
  type ObjectsView,
  type PutOptions,
  type Revision,
  StaleRevision,
  type StoredObject,
  type WantedObjects,
} from './ports/calendar-objects.ts';
export type {
  DecidedDelivery,
  Decision,
  Decisions,
  DecisionsView,
  DeliveryEvent,
  EventPlace,
} from './ports/decisions.ts';
export type { DeliveryAttempt, DeliveryId, DeliveryState, FinalState, QueuedDelivery } from './ports/delivery.ts';
export {
  type Added,
  type AddOptions,
  type Batch,
  type DeliveryQueue,
  IdempotencyKeyReused,
  type Lease,
  LeaseLost,
  type LeaseToken,
  type LeaseWish,
  type LeasedDelivery,
  type NodeId,
  type Settlement,
  type SettledState,
  type SupersededDelivery,
} from './ports/delivery-queue.ts';
export {
  domainLane,
  type Lane,
  laneFallback,
  laneHere,
  type LaneTrouble,
  type Pause,
  receiverLane,
} from './ports/lane.ts';
export type {
  AdminOptions,
  LeftOut,
  LeftOutReason,
  QueueAdmin,
  QueueFilter,
  QueueView,
  Retried,
} from './ports/queue-admin.ts';
export type {
  MessageRevision,
  Submission,
  SubmissionHead,
  SubmissionId,
  SubmissionRecipient,
  Supersedes,
  SupersedesOf,
} from './ports/submission.ts';
export type { Fallback, FallbackMessage, FallbackOutcome, FallbackRecipient } from './ports/fallback.ts';
export type {
  AddressKey,
  CalendarId,
  CalendarUser,
  Directory,
  DirectoryView,
  Resource,
  UserEntry,
  UserId,
} from './ports/directory.ts';
export type { Claim, FinalResult, MessageKey, ReceivedMessages } from './ports/received-messages.ts';
export type { Serials } from './ports/serials.ts';
export {
  type Store,
  type StoreTransaction,
  type StoreTrouble,
  StoreUnavailable,
  type StoreView,
} from './ports/store.ts';
export { openSqliteStore, type SqliteStoreOptions } from './adapters/store-sqlite/store.ts';
export { openPostgresStore, type PostgresStoreOptions } from './adapters/store-postgres/store.ts';
export type { PostgresLimits } from './adapters/store-postgres/connections.ts';
export { PostgresBell } from './adapters/store-postgres/bell.ts';
export type { Bell } from './ports/bell.ts';
