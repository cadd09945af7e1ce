import type { ReceiverEvent } from '@isched/ischedule';
import { type Store, StoreUnavailable } from 'isched';
import { describe, expect, it } from 'vitest';
import { createRefusalRecorder } from '../../src/inbound/record-refusals.ts';
import { openHouse } from './house.ts';
import { event, fromWire } from './messages.ts';

const { originator, recipients, mediaType, signedBy, messageId } = fromWire(event('REQUEST', ['b']));
const refused = {
  type: 'refused',
  status: 400,
  reason: 'invalid-scheduling-message',
  description: 'A Recipient is not an ATTENDEE.',
  remoteAddress: '192.0.2.1',
  envelope: { originator, recipients, mediaType, messageId, statedMethods: ['REQUEST'], statedComponents: [] },
  signedBy,
} as const satisfies ReceiverEvent;

async function readDecisions(store: Store): Promise<readonly string[]> {
  const decisions = await store.read((view) => view.decisions.latest(100));
  return decisions.map(({ reason, originator, recipient, detail }) =>
    [reason, originator, recipient, detail].join(' '),
  );
}

describe('refusals', () => {
  it('of authenticated messages are written down', async () => {
    await using house = await openHouse({ b: 'UTC' });
    const written = Promise.withResolvers<void>();
    const store = {
      ...house.store,
      transaction: ((work, options) =>
        house.store.transaction(work, options).finally(written.resolve)) as typeof house.store.transaction,
    };
    createRefusalRecorder({ store, clock: house.clock, onFailure: written.reject })(refused);
    await written.promise;
    expect(await readDecisions(house.store)).toEqual([
      'invalid-scheduling-message mailto:a@example.com mailto:b@example.org A Recipient is not an ATTENDEE.',
    ]);
  });

  it('of strangers are not', async () => {
    await using house = await openHouse({});
    createRefusalRecorder({ store: house.store, clock: house.clock, onFailure: () => undefined })({
      ...refused,
      signedBy: undefined,
    });
    await house.store.transaction(async () => undefined);
    expect(await readDecisions(house.store)).toEqual([]);
  });

  it('that can not be written are reported, and no more wait than a hundred', async () => {
    await using house = await openHouse({});
    const failures: unknown[] = [];
    const gone = new StoreUnavailable('failed', 'gone');
    const store = { ...house.store, transaction: () => Promise.reject(gone) };
    const record = createRefusalRecorder({ store, clock: house.clock, onFailure: (cause) => failures.push(cause) });
    for (let count = 0; count < 150; count++) record(refused);
    await house.store.transaction(async () => undefined);
    expect(failures).toHaveLength(150);
    expect(failures.filter((cause) => cause === gone)).toHaveLength(100);
  });
});
