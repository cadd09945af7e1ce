import { mkdtemp, rm } from 'node:fs/promises';
import { startChild } from '@isched/lab';
import { createHash, sign as signOctets } from 'node:crypto';
import { drive } from './load.ts';
import { createReceiverLab } from './receiver-lab.ts';
const folder = await mkdtemp('/tmp/bench-');
const lab = await createReceiverLab(folder);
const n = Number(process.argv[2] ?? 8000);
const requests = (await lab.signedRequests(n)).values();
const prof = process.argv[3] === 'prof' ? ['--cpu-prof', '--cpu-prof-dir=/tmp/exp/prof'] : [];
const ours = await startChild({
  command: process.execPath,
  args: ['--conditions=isched-source', ...prof, '/work/main/bench/zz-scratch-serve.ts', lab.organisation.files.config],
  readyLine: /^listening \d+$/,
});
const { privateKey, publicKey } = lab.organisation.signingKey;
const signedText = createHash('sha512').update('floor').digest('hex').repeat(4);
const o = {
  folder,
  certificateFile: lab.organisation.files.certificate,
  keyFile: lab.organisation.files.certificateKey,
  publicKeyPem: String(publicKey.export({ format: 'pem', type: 'spki' })),
  signedText,
  signature: signOctets('sha256', Buffer.from(signedText), privateKey).toString('base64'),
};
const floor = await startChild({
  command: process.execPath,
  args: ['bench/floor-server.ts', JSON.stringify(o)],
  readyLine: /^listening \d+$/,
});
const fport = Number(/\d+/.exec(floor.lines().find((l: string) => l.startsWith('listening '))!)![0]);
const next = () => {
  const r = requests.next();
  return r.done ? undefined : r.value;
};
const some: Uint8Array[] = [];
for (let i = 0; i < 50; i++) some.push(next()!);
let k = 0;
const fnext = () => some[k++ % 50];
const q = (a: readonly number[], p: number) => [...a].sort((x, y) => x - y)[Math.floor(a.length * p)]?.toFixed(1);
try {
  for (const c of [64, 64, 1, 1, 8, 64]) {
    const r = await drive({
      port: lab.organisation.port,
      serverName: lab.organisation.host,
      ca: lab.ca,
      connections: c,
      seconds: 0.8,
      next,
    });
    const f = await drive({
      port: fport,
      serverName: lab.organisation.host,
      ca: lab.ca,
      connections: c,
      seconds: 0.8,
      next: fnext,
    });
    console.log(
      c,
      'ours',
      Math.round(r.rate),
      r.statuses,
      'p50',
      q(r.latencies, 0.5),
      'p99',
      q(r.latencies, 0.99),
      'floor',
      Math.round(f.rate),
      'p50',
      q(f.latencies, 0.5),
      'p99',
      q(f.latencies, 0.99),
      'ratio',
      (r.rate / f.rate).toFixed(2),
    );
  }
} catch (e) {
  console.log(String(e));
}
console.log(ours.lines().slice(0, 5));
await ours[Symbol.asyncDispose]();
await floor[Symbol.asyncDispose]();
await lab[Symbol.asyncDispose]();
await rm(folder, { recursive: true, force: true });
