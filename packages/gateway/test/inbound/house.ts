import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calAddressKey } from '@isched/icalendar';
import { createFakeClock, type FakeClock } from '@isched/testkit';
import { openSqliteStore, type Store } from 'isched';
import { provisionUsers } from '../../src/inbound/provision-users.ts';
import { at } from './messages.ts';

/** A gateway's inner half: a store with users, and a clock. */
export interface House extends AsyncDisposable {
  readonly store: Store;
  readonly clock: FakeClock;
  /** The texts of a user's objects. */
  stored(local: string): Promise<readonly string[]>;
  /** Reasons of a meeting's decisions, oldest first. */
  reasons(uid?: string): Promise<readonly string[]>;
}

/** @param users - local parts at example.org, each with a zone. */
export async function openHouse(users: Readonly<Record<string, string>>): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'isched-inbound-'));
  const store = openSqliteStore({ file: join(folder, 'isched.sqlite') });
  const entries = Object.entries(users).map(([local, time_zone]) => ({ address: at(local), aliases: [], time_zone }));
  await provisionUsers(store, entries);
  return {
    store,
    clock: createFakeClock('2026-11-22T12:00:00Z'),
    async stored(local) {
      return store.read(async (view) => {
        const user = await view.directory.findUser(calAddressKey(at(local)));
        return user ? (await view.objects.list(user.id)).map((object) => object.text) : [];
      });
    },
    async reasons(uid = 'u1@example.com') {
      const decisions = await store.read((view) => view.decisions.ofMeeting(uid, 1000));
      return decisions.map((decision) => decision.reason);
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
