import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVerifier, dnsTxtKeySource } from '@isched/doseta';
import { type CalAddress, calAddressKey, parseCalAddress } from '@isched/icalendar';
import { createReceiver, ischedule, ownCapabilities } from '@isched/ischedule';
import type { HttpRequest, HttpResponse } from '@isched/runtime';
import { createFakeClock, createZoneDns, type FakeClock, type ZoneDns } from '@isched/testkit';
import { octetsFromText } from '@isched/values';
import { openSqliteStore, type Store } from 'isched';
import { createDeliver } from '../../packages/gateway/src/inbound/deliver.ts';
import { provisionUsers } from '../../packages/gateway/src/inbound/provision-users.ts';
import type { RawMessage } from './raw-request.ts';
import { trustingVerifier } from './world.ts';

/** A receiver in front of real calendars. */
export interface House extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly dns: ZoneDns;
  readonly store: Store;
  /** Posts a request as it is on the wire. */
  post(message: Pick<RawMessage, 'fields' | 'content'>): Promise<HttpResponse>;
  /** Posts a calendar from one user to another. */
  send(calendar: string, from: string, to: string): Promise<HttpResponse>;
  /** The objects of a user, as texts. */
  objectsOf(address: string): Promise<readonly string[]>;
  /** Every user's objects with their revisions: equal before and after when nothing changed. */
  snapshot(): Promise<readonly string[]>;
}

/**
 * Opens a house.
 *
 * @param at - seconds since 1970.
 * @param zone - where keys are found; without: every message is taken for its originator's.
 */
export async function openHouse(users: readonly string[], at: number, zone?: readonly string[]): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'isched-conformance-'));
  const store = openSqliteStore({ file: join(folder, 'isched.sqlite') });
  const addresses = users.map(parseCalAddress);
  await provisionUsers(
    store,
    addresses.map((address) => ({ address, aliases: [], time_zone: 'UTC' })),
  );
  const clock = createFakeClock(at * 1000);
  const dns = createZoneDns((zone ?? []).join('\n'));
  const capabilities = ownCapabilities({ serialNumber: 1, administrator: 'mailto:postmaster@example.net' });
  const real = createVerifier({ template: ischedule, keySources: [dnsTxtKeySource({ dns })], clock });
  const receiver = createReceiver({
    capabilities: { current: () => capabilities },
    verifier: zone ? real : trustingVerifier,
    alignment: { dns, allow: () => false },
    deliver: createDeliver({ store, clock }),
  });
  const post: House['post'] = ({ fields, content }) => {
    const target = '/.well-known/ischedule';
    const request: HttpRequest = { method: 'POST', target, fields, readContent: async () => content };
    return receiver.handle(request);
  };
  const rowsOf = (address: CalAddress) =>
    store.read(async (view) => {
      const user = await view.directory.findUser(calAddressKey(address));
      return user ? await view.objects.list(user.id) : [];
    });
  return {
    clock,
    dns,
    store,
    post,
    send: (calendar, from, to) =>
      post({
        fields: [
          { name: 'iSchedule-Version', value: ' 1.0' },
          { name: 'Content-Type', value: ' text/calendar' },
          { name: 'Originator', value: ` ${from}` },
          { name: 'Recipient', value: ` ${to}` },
        ],
        content: octetsFromText(calendar),
      }),
    objectsOf: async (address) => (await rowsOf(parseCalAddress(address))).map(({ text }) => text),
    async snapshot() {
      const rows = [];
      for (const address of addresses) rows.push(...(await rowsOf(address)));
      return rows.map(({ revision, text }) => `${revision} ${text}`);
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
