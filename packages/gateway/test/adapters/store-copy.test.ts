import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCalAddress } from '@isched/icalendar';
import { epochMs, parseDomainName } from '@isched/values';
import { type CalendarUser, type NodeId, openSqliteStore, type Store } from 'isched';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../cli/fake-terminal.ts';
import { openPostgresHouse, type PostgresHouse, type SchemaInHouse } from './postgres-house.ts';

const now = epochMs(1_795_000_000_000);
const later = (ms: number) => epochMs(now + ms);
const day = 86_400_000;
const users = 3;
const objectsEach = 700;

let house: PostgresHouse;
let schema: SchemaInHouse;
let folder: string;
let file: string;
beforeAll(async () => {
  house = await openPostgresHouse();
  schema = await house.newSchema();
  folder = mkdtempSync(join(tmpdir(), 'isched-copy-'));
  file = join(folder, 'isched.sqlite');
  await using store = openSqliteStore({ file });
  await fill(store);
}, 60_000);
afterAll(async () => {
  await schema?.drop();
  await house?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

it('copies a whole store, tells how much it was, and refuses to do it twice', async () => {
  const copy = () => run(['store', 'copy', '--from', `sqlite:${file}`, '--to', schema.url, '--json']);
  const first = await copy();
  expect(first).toMatchObject({ code: 0, error: '' });
  expect(JSON.parse(first.out)).toMatchObject({
    ok: true,
    tables: { users, objects: users * objectsEach, received: 1, decisions: 1, serials: 1, deliveries: 2, leases: 1 },
  });
  await using before = openSqliteStore({ file });
  await using after = await schema.open();
  const whole = await everything(before);
  expect(whole).toMatchObject({ queue: [{ state: 'leased' }, { state: 'waiting' }], texts: ['one', 'two'] });
  expect(await everything(after)).toEqual(whole);
  const added = await after.transaction((tx) => tx.queue.add(submission('later'), { now, dueAt: now }));
  expect(Number(added.deliveries[0])).toBe(3);
  expect(await copy()).toMatchObject({ code: 2, error: expect.stringContaining('not empty') });
});

it('says in a sentence what can not be copied', async () => {
  const copy = (from: string, to: string) => run(['store', 'copy', '--from', from, '--to', to]);
  expect(await copy('sqlite:/nowhere/isched.sqlite', schema.url)).toMatchObject({ code: 2, out: '' });
  expect(await copy('postgres://x', schema.url)).toMatchObject({ code: 2, out: '' });
  const nobody = `postgresql://isched:geheim@localhost/x?host=${encodeURIComponent(folder)}`;
  const refused = await copy(`sqlite:${file}`, nobody);
  expect(refused).toMatchObject({ code: 3, out: '', error: expect.stringContaining('could not be used') });
  expect(refused.error).not.toContain('geheim');
});

it('brings a database up to date, and keeps its password to itself', async () => {
  const fresh = await house.newSchema();
  const config = join(folder, 'config.toml');
  writeFileSync(config, `data = "${folder}"\nstore.type = "postgres"\n[[domains]]\nname = "example.org"\n`);
  const migrate = () => run(['migrate', '--config', config], { environment: { ISCHED_STORE__URL: fresh.url } });
  expect(await migrate()).toMatchObject({ code: 0, out: expect.stringMatching(/from schema 0 to \d+/) });
  expect(await migrate()).toMatchObject({ code: 0, out: expect.stringMatching(/already/) });
  await fresh.drop();
  const environment = { ISCHED_STORE__URL: 'postgresql://a:ge%40heim@db/x' };
  const printed = await run(['config', 'print', '--config', config], { environment });
  expect(printed).toMatchObject({ code: 0, out: expect.stringContaining('postgresql://a:***@db/x') });
  expect(printed.out).not.toContain('heim');
  expect(await run(['config', 'check', '--config', config])).toMatchObject({ code: 1 });
});

async function fill(store: Store): Promise<void> {
  const entries = Array.from({ length: users }, (_, index) => {
    const address = `mailto:u${index}@example.org`;
    return {
      address: parseCalAddress(address),
      addressKeys: [address, `mailto:alias${index}@example.org`],
      timeZone: 'UTC',
    };
  });
  await store.transaction((tx) => tx.directory.provision(entries));
  for (const user of await store.read((view) => view.directory.users())) await fillCalendar(store, user);
  await store.transaction(async (tx) => {
    await tx.received.claim(messageKey, { now, until: later(day) });
    await tx.received.settle(messageKey, { requestStatus: '2.0;Success', reason: 'r' }, later(day));
    await tx.decisions.add({
      at: now,
      direction: 'inbound',
      reason: 'r',
      originator: 'a',
      recipient: 'b',
      uid: 'u',
      detail: 'ü',
    });
    await tx.serials.serialOf('capabilities', 'f');
    await tx.queue.add(submission('one'), { idempotencyKey: 'k', now, dueAt: now });
    await tx.queue.add(submission('two'), { now, dueAt: later(day) });
    await tx.queue.lease({
      node: 'n' as NodeId,
      limit: 1,
      perLane: 1,
      perBatch: 1,
      skipLanes: [],
      now,
      until: later(day),
    });
  });
}

async function fillCalendar(store: Store, user: CalendarUser): Promise<void> {
  await store.transaction(async (tx) => {
    for (let index = 0; index < objectsEach; index++) {
      const count = index % 3;
      const periods = Array.from({ length: count }, (_, at) => ({
        start: later(at * day),
        end: later(at * day + 1),
        type: 'BUSY' as const,
      }));
      const object = {
        user: user.id,
        calendar: user.defaultCalendar,
        uid: `object-${index}`,
        text: `text ${index} 🗓`,
        changedAt: now,
      };
      await tx.objects.put(object, { busy: { periods, covers: { start: now, end: later(9 * day) } } });
    }
  });
}

/** All that the ports let one see. */
async function everything(store: Store): Promise<unknown> {
  const claim = await store.transaction((tx) => tx.received.claim(messageKey, { now, until: later(day) }));
  return store.read(async (view) => {
    const people = await view.directory.users();
    const calendars: unknown[] = [];
    for (const { id } of people) {
      const busy = await view.objects.busy(id, { start: now, end: later(8 * day) });
      calendars.push(
        await view.objects.list(id),
        busy.toSorted((a, b) => a.start - b.start),
      );
    }
    const queue = await view.queue.list({}, { limit: 10 });
    const texts: unknown[] = [];
    for (const { submission } of queue) texts.push(await view.queue.text(submission.id));
    return {
      claim,
      people: people.map((user) => ({ ...user, addressKeys: user.addressKeys.toSorted() })),
      calendars,
      decisions: await view.decisions.latest(10),
      queue,
      texts,
      nextDue: await view.queue.nextDue({ skipLanes: [] }),
      known: await view.queue.submissionOf('k'),
    };
  });
}

const messageKey = {
  signingDomain: parseDomainName('example.com'),
  originator: 'mailto:a@example.com',
  recipient: 'mailto:b@example.org',
  method: 'REQUEST',
  contentHash: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
};

function submission(uid: string) {
  const recipient = {
    address: 'mailto:b@beta.example',
    key: 'mailto:b@beta.example',
    domain: parseDomainName('beta.example'),
  };
  const supersedes = { methods: [], instances: 'same' } as const;
  const head = {
    originator: 'mailto:a@example.com',
    originatorKey: 'mailto:a@example.com',
    method: 'REQUEST',
    instance: '',
  };
  return { ...head, uid, text: uid, recipients: [recipient], supersedes, expiresAt: later(5 * day) };
}
