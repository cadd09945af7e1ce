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
} from './ports/calendar-objects.ts';
export type { Decision, Decisions, DecisionsView } from './ports/decisions.ts';
export type {
  AddressKey,
  CalendarId,
  CalendarUser,
  Directory,
  DirectoryView,
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
