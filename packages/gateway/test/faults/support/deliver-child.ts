/**
 * Delivers new messages without end, several at once, and says so only after each was acknowledged. Somebody kills it.
 * Arguments: where the store is, and the number of the first message.
 */
import { writeSync } from 'node:fs';
import { systemClock } from '@isched/runtime';
import { createDeliver } from '../../../src/inbound/deliver.ts';
import { provisionUsers } from '../../../src/inbound/provision-users.ts';
import { at } from '../../inbound/messages.ts';
import { numbered, openStoreAt } from './numbered.ts';

const [place = '', first = '0'] = process.argv.slice(2);
const store = await openStoreAt(place);
await provisionUsers(store, [{ address: at('b'), aliases: [], time_zone: 'UTC' }]);
const deliver = createDeliver({ store, clock: systemClock });

let next = Number(first);
const lane = async (): Promise<never> => {
  for (;;) {
    const number = next++;
    const [result] = await deliver(numbered(number), {});
    if (result?.requestStatus.code === '2.0') writeSync(1, `${number}\n`);
  }
};
await Promise.all(Array.from({ length: 8 }, lane));
