import { parseCalAddress } from '@isched/icalendar';
import { epochMs } from '@isched/values';
import type { CalendarUser, Store, UserEntry } from 'isched';
import { afterEach, beforeEach } from 'vitest';

/** A store under test, and the same state opened again after it was closed. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Closes the store and opens what it left. */
  reopen(): Promise<Store>;
  /** Takes everything away. */
  dispose(): Promise<void>;
}

/** What the parts of the contract share: a store for each test, and the usual steps on it. */
export interface StoreSubject {
  /** The one that is open now. */
  readonly store: Store;
  reopen(): Promise<void>;
  provision(...users: readonly UserEntry[]): Promise<void>;
  find(address: string): Promise<CalendarUser | undefined>;
  /** A store with one user, `mailto:b@example.org`. */
  user(): Promise<CalendarUser>;
  /** A store with two, b and c. */
  twoUsers(): Promise<readonly [CalendarUser, CalendarUser]>;
}

export const now = epochMs(1_795_000_000_000);
export const later = (ms: number) => epochMs(now + ms);
export const hour = 3_600_000;
export const day = 24 * hour;

/** A user of example.org. @throws nothing. */
export function entry(local: string, timeZone = 'UTC', ...aliases: readonly string[]): UserEntry {
  const address = `mailto:${local}@example.org`;
  return { address: parseCalAddress(address), addressKeys: [address, ...aliases], timeZone };
}

/** Opens a new store before each test, and takes it away after it. @throws nothing. */
export function storeSubject(open: () => Promise<StoreUnderTest>): StoreSubject {
  let opened: StoreUnderTest | undefined;
  let store: Store | undefined;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened?.dispose());

  const subject: StoreSubject = {
    get store() {
      return present(store);
    },
    async reopen() {
      store = await present(opened).reopen();
    },
    provision: (...users) => subject.store.transaction((tx) => tx.directory.provision(users)),
    find: (address) => subject.store.read((view) => view.directory.findUser(address)),
    async user() {
      await subject.provision(entry('b'));
      return present(await subject.find('mailto:b@example.org'));
    },
    async twoUsers() {
      await subject.provision(entry('b'), entry('c'));
      const [b, c] = await subject.store.read((view) => view.directory.users());
      return [present(b), present(c)];
    },
  };
  return subject;
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the test asked for something that is not there');
  return value;
}
