import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventsJson } from '../../src/admin/events.ts';
import type { MessageJson } from '../../src/admin/messages.ts';
import { alice, bob, invitation } from '../../src/cli/commands/demo/messages.ts';
import { createWorld, type Party, type World } from '../../src/cli/commands/demo/world.ts';
import { loadConfig } from '../../src/server/config/load.ts';

const meeting = (uid: string): string =>
  invitation({ uid, sequence: 0, stamp: '20261123T000000Z', start: '20300101T100000Z', end: '20300101T110000Z' });

describe('a program that submits messages to a gateway that runs', () => {
  let world: World;
  let alpha: Party;
  beforeAll(async () => {
    world = await createWorld();
    alpha = await world.start('alpha.example', { address: alice, name: 'Alice', timeZone: 'Europe/Berlin' });
    await world.start('beta.example', { address: bob, name: 'Bob', timeZone: 'UTC' });
  }, 60_000);
  afterAll(() => world[Symbol.asyncDispose]());

  const ask = async (path: string, content?: object): Promise<{ readonly status: number; readonly body: unknown }> => {
    const config = loadConfig(alpha.organisation.files.config, {});
    const { host, port } = config.management.address;
    const token = readFileSync(join(config.data, 'management-token'), 'utf8').trim();
    const response = await fetch(`http://${host}:${port}/api/v1/${path}`, {
      headers: { authorization: `Bearer ${token}` },
      ...(content && { method: 'POST', body: JSON.stringify(content) }),
    });
    return { status: response.status, body: await response.json() };
  };

  it('follows the events behind where it was, and asks for the message by its id', async () => {
    expect(await ask('events?after=latest')).toEqual({ status: 200, body: { events: [] } });
    const following = ask('events?wait=30');
    const posted = await ask('messages', { message: meeting('e@alpha.example'), recipients: [bob] });
    expect([200, 202]).toContain(posted.status);
    const { submission } = posted.body as MessageJson;
    const { events } = (await following).body as EventsJson;
    expect(events).toMatchObject([
      { submission, recipient: bob, state: 'delivered', final: true, requestStatus: '2.0;Success' },
    ]);
    const outcome = await ask(`messages/${submission}?wait=30`);
    expect(outcome.body).toMatchObject({ pending: false, outcomes: [{ recipient: bob, status: 'answered' }] });
  }, 60_000);

  it('is answered at once when the gateway stops', async () => {
    const { cursor } = (await ask('events?after=latest')).body as EventsJson;
    const waiting = ask(`events?after=${cursor}&wait=60`);
    await ask('events?after=latest'); // the one before has arrived
    await alpha.process.stop();
    expect(await waiting).toEqual({ status: 200, body: { events: [], cursor } });
  }, 60_000);
});
