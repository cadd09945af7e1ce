import { mkdtemp, rm } from 'node:fs/promises';
import { createReceiverLab } from './receiver-lab.ts';
import { loadConfig } from '/work/main/packages/gateway/src/server/config/load.ts';
import { createNetwork } from '/work/main/packages/gateway/src/server/network.ts';
import { createReceiving } from '/work/main/packages/gateway/src/server/receiving.ts';
import { openSqliteStore } from '/work/main/packages/gateway/src/adapters/store-sqlite/store.ts';
import { readConfiguredKeys } from '/work/main/packages/gateway/src/adapters/keys/configured-keys.ts';
import { createDeliver } from '/work/main/packages/gateway/src/inbound/deliver.ts';
import { provisionUsers } from '/work/main/packages/gateway/src/inbound/provision-users.ts';
import { systemClock } from '@isched/runtime';
const folder = await mkdtemp('/tmp/bench-');
const lab = await createReceiverLab(folder);
const N = Number(process.argv[2] ?? 4000);
const raw = await lab.signedRequests(N);
const config = loadConfig(lab.organisation.files.config, {});
const store = openSqliteStore({ file: config.data + '/isched.sqlite' });
await provisionUsers(store, config.users as any);
const network = createNetwork({
  dnsServers: config.network.dns_servers.map((d: any) => ({ host: d.host, port: d.port, address: d.host })) as any,
  allowAddresses: ['127.0.0.0/8'],
});
const { receiver } = await createReceiving(config, {
  network,
  store,
  keys: readConfiguredKeys(config.domains as any, 'ischedule'),
  deliver: createDeliver({ store, clock: systemClock }),
  observe: (e: any) => {
    if (e.type === 'refused') console.log('refused', e.reason, e.description, String(e.cause));
  },
} as any);
const reqs = raw.map((r) => {
  const t = Buffer.from(r).toString('latin1');
  const e = t.indexOf('\r\n\r\n');
  const [, ...lines] = t.slice(0, e).split('\r\n');
  const content = Buffer.from(t.slice(e + 4), 'latin1');
  return {
    method: 'POST',
    target: '/.well-known/ischedule',
    fields: lines.map((l) => {
      const c = l.indexOf(':');
      return { name: l.slice(0, c), value: l.slice(c + 1).trim() };
    }),
    remoteAddress: '127.0.0.1',
    readContent: async () => content,
  };
});
console.log('content', raw[0]!.length);
let i = 0;
const lat: number[] = [];
async function phase(name: string, c: number, n: number) {
  const end = i + n;
  const cpu = process.cpuUsage();
  const t = performance.now();
  await Promise.all(
    Array.from({ length: c }, async () => {
      while (i < end) {
        const a = performance.now();
        const r = await receiver.handle(reqs[i++]! as any, {});
        lat.push(performance.now() - a);
        if (r.status !== 200) console.log(r.status);
      }
    }),
  );
  const u = process.cpuUsage(cpu);
  console.log(
    name,
    c,
    Math.round((n / (performance.now() - t)) * 1000),
    '/s cpu us each',
    Math.round((u.user + u.system) / n),
  );
}
await phase('warm', 16, N / 4);
await phase('64', 64, N / 4);
await phase('1', 1, N / 4);
await phase('64', 64, N / 4);
await store[Symbol.asyncDispose]();
await network[Symbol.asyncDispose]();
await lab[Symbol.asyncDispose]();
await rm(folder, { recursive: true, force: true });
