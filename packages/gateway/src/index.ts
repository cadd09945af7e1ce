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
export {
  type Added,
  type AddOptions,
  type AdminOptions,
  type Batch,
  type DeliveryAttempt,
  type DeliveryId,
  type DeliveryQueue,
  type DeliveryState,
  domainLane,
  type FinalState,
  IdempotencyKeyReused,
  type Lane,
  laneFallback,
  laneHere,
  type LaneTrouble,
  type Lease,
  LeaseLost,
  type LeaseToken,
  type LeaseWish,
  type LeasedDelivery,
  type LeftOut,
  type LeftOutReason,
  type MessageRevision,
  type NodeId,
  type Pause,
  type QueueAdmin,
  type QueuedDelivery,
  type QueueFilter,
  type QueueView,
  receiverLane,
  type Retried,
  type Settlement,
  type SettledState,
  type Submission,
  type SubmissionHead,
  type SubmissionId,
  type SubmissionRecipient,
  type SupersededDelivery,
  type Supersedes,
  type SupersedesOf,
} from './ports/delivery-queue.ts';
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
