import { setTimeout as delay } from 'node:timers/promises';
import { createSeededRandom } from '@isched/testkit';
import { FetchError } from '@isched/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityOf, post, signedRequest } from '../../src/cli/commands/demo/forgeries.ts';
import { alice, bob, invitation } from '../../src/cli/commands/demo/messages.ts';
import { createWorld, type Party, runGateway, type World } from '../../src/cli/commands/demo/world.ts';
import { createNetwork, type Network } from '../../src/server/network.ts';

const seed = 20_261_123;
const cuts = 6;
const senders = 8;

describe('an organisation whose power is cut', () => {
  let world: World;
  let alpha: Party;
  let beta: Party;
  let network: Network;
  beforeAll(async () => {
    world = await createWorld();
    alpha = await world.start('alpha.example', { address: alice, name: 'Alice', timeZone: 'Europe/Berlin' });
    beta = await world.start('beta.example', { address: bob, name: 'Bob', timeZone: 'UTC' });
    network = createNetwork({
      dnsServers: [{ host: world.dns.host, port: world.dns.port }],
      ca: world.authority.certificatePem,
      allowAddresses: ['127.0.0.0/8'],
      timeoutMs: 5000,
    });
  }, 60_000);
  afterAll(async () => {
    await network[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  it('has every acknowledged message in its store, once, whenever it was killed', async () => {
    const random = createSeededRandom(seed);
    const acknowledged: string[] = [];
    let counter = 0;
    let process = beta.process;
    for (let cut = 0; cut < cuts; cut++) {
      const cutting = new AbortController();
      const send = async (): Promise<void> => {
        while (!cutting.signal.aborted) {
          const uid = `${counter++}@power.example`;
          const text = invitation({
            uid,
            stamp: '20261123T000000Z',
            sequence: 0,
            start: '20300101T100000Z',
            end: '20300101T110000Z',
          });
          const request = await signedRequest(
            { originator: alice, recipient: bob, text },
            { identity: identityOf(alpha) },
          );
          try {
            const verdict = await post(request, beta, network);
            if (verdict.requestStatus?.startsWith('2.0')) acknowledged.push(uid);
          } catch (error) {
            if (!(error instanceof FetchError)) throw error;
            if (!cutting.signal.aborted) await delay(5); // cut off: never acknowledged
          }
        }
      };
      const load = Array.from({ length: senders }, send);
      await delay(100 + random.fraction() * 400);
      await process.kill();
      cutting.abort();
      await Promise.all(load);
      process = await runGateway(beta.organisation);
    }
    const objects = await beta.client.objects(bob);
    const stored = objects.map((object) => object.uid);
    expect(acknowledged.length).toBeGreaterThan(cuts);
    expect(new Set(stored).size).toBe(stored.length);
    expect(acknowledged.filter((uid) => !stored.includes(uid))).toEqual([]);
    for (const uid of acknowledged.slice(-20)) {
      const applied = (await beta.client.timeline(uid)).filter((decision) => decision.reason !== 'repeated');
      expect(applied).toHaveLength(1);
    }
    await process.stop();
  }, 120_000);
});
