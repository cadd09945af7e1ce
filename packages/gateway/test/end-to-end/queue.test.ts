import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alice, bob, invitation, type Meeting } from '../../src/cli/commands/demo/messages.ts';
import { createWorld, type Party, runGateway, type World } from '../../src/cli/commands/demo/world.ts';
import { run } from '../cli/fake-terminal.ts';

const meeting = (uid: string, sequence = 0): Meeting => ({
  uid,
  sequence,
  stamp: '20261123T000000Z',
  start: '20300101T100000Z',
  end: '20300101T110000Z',
});

describe('a message whose receiver is away', () => {
  let world: World;
  let alpha: Party;
  let beta: Party;
  beforeAll(async () => {
    world = await createWorld();
    alpha = await world.start('alpha.example', { address: alice, name: 'Alice', timeZone: 'Europe/Berlin' });
    beta = await world.start('beta.example', { address: bob, name: 'Bob', timeZone: 'UTC' });
  }, 60_000);
  afterAll(() => world[Symbol.asyncDispose]());

  const isched = async (...argv: readonly string[]): Promise<string> =>
    (await run([...argv, '--config', alpha.organisation.files.config])).out;

  it('waits, is told of, outlives its own gateway, and is delivered once', async () => {
    await beta.process.stop();
    const message = invitation(meeting('away@alpha.example'));
    const [first] = await alpha.client.submit({ message, recipients: [bob], wait: 10 }, 'once');
    expect(first).toMatchObject({ recipient: bob, status: 'retry', state: 'waiting' });
    const [repeated] = await alpha.client.submit({ message, recipients: [bob] }, 'once');
    expect(repeated?.delivery).toBe(first?.delivery);
    await expect(alpha.client.submit({ message: invitation(meeting('other@alpha.example')) }, 'once')).rejects.toThrow(
      'used for another message',
    );

    await alpha.process.kill();
    const restarted = await runGateway(alpha.organisation);
    expect(await isched('queue', 'list')).toMatch(/waiting until .*tried once {2}REQUEST away@alpha\.example/);
    expect(await isched('timeline', 'away@alpha.example')).toMatch(/could not be reached[^]*waits until/);
    expect(await isched('queue', 'hold', '--uid', 'away@alpha.example')).toContain('1 changed');

    const receiver = await runGateway(beta.organisation);
    expect(await isched('queue', 'release', '--all', '--dry-run')).toContain('1 would be changed');
    expect(await isched('queue', 'release', '--all')).toContain('1 changed');
    await expect
      .poll(async () => (await alpha.client.queue({ uid: 'away@alpha.example' }, { limit: 10 })).deliveries, {
        timeout: 15_000,
      })
      .toMatchObject([{ state: 'delivered', requestStatus: '2.0;Success', tries: 2 }]);
    expect(await isched('queue', 'list')).toMatch(/^nothing\n0 waiting, 0 being sent, 0 held$/m);
    expect(await isched('queue', 'list', '--all')).toMatch(/delivered, tried 2 times {2}REQUEST away@alpha\.example/);
    const drop = await run(['queue', 'drop', String(first?.delivery), '--config', alpha.organisation.files.config]);
    expect(drop).toMatchObject({ code: 1, error: expect.stringContaining('in no state for it') });
    const reasons = (await beta.client.timeline('away@alpha.example')).map(({ reason }) => reason);
    expect(reasons).toHaveLength(1);
    const [own] = await alpha.client.objects(alice);
    expect(own?.text).toMatch(/ATTENDEE[^]*SCHEDULE-STATUS="?2\.0/);
    await receiver.stop();
    await restarted.stop();
  }, 60_000);
});
