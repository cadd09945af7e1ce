import { loadConfig } from '/work/main/packages/gateway/src/server/config/load.ts';
import { createNetwork } from '/work/main/packages/gateway/src/server/network.ts';
import { createReceiving } from '/work/main/packages/gateway/src/server/receiving.ts';
import { HttpListener } from '/work/main/packages/gateway/src/server/http-listener.ts';
import { publicRoutes } from '/work/main/packages/gateway/src/server/routes.ts';
import { openSqliteStore } from '/work/main/packages/gateway/src/adapters/store-sqlite/store.ts';
import { readConfiguredKeys } from '/work/main/packages/gateway/src/adapters/keys/configured-keys.ts';
import { createDeliver } from '/work/main/packages/gateway/src/inbound/deliver.ts';
import { provisionUsers } from '/work/main/packages/gateway/src/inbound/provision-users.ts';
import { systemClock } from '@isched/runtime';
const config = loadConfig(process.argv[2]!, {});
const store = openSqliteStore({ file: config.data + '/isched.sqlite' });
await provisionUsers(store, config.users as any);
const keys = readConfiguredKeys(config.domains as any, 'ischedule');
const network = createNetwork({
  dnsServers: config.network.dns_servers.map((d: any) => ({ host: d.host, port: d.port, address: d.host })) as any,
  allowAddresses: ['127.0.0.0/8'],
});
const { receiver, capabilities } = await createReceiving(config, {
  network,
  store,
  keys,
  deliver: createDeliver({ store, clock: systemClock }),
  observe: (e: any) => {
    if (e.type === 'refused') console.log('refused', e.reason, e.description, String(e.cause));
  },
});
const l = new HttpListener(
  { ...publicRoutes({ receiver, capabilities }), observe: (e) => console.log(e) },
  {
    host: config.https!.address.host,
    port: config.https!.address.port,
    certificate: { certificateFile: config.https!.certificate_file, keyFile: config.https!.key_file },
  },
);
const { port } = await l.start();
console.log('listening ' + port);
process.on('SIGTERM', async () => {
  await l.stop({ deadlineMs: 1000 });
  await store[Symbol.asyncDispose]();
  process.exit(0);
});
