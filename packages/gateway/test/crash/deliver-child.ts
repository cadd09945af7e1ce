/**
 * Delivers new messages without end, several at once, and says so only after each was acknowledged. Somebody kills it.
 * Arguments: the database file, and the number of the first message.
 */
import { writeSync } from 'node:fs';
import { systemClock } from '@isched/runtime';
import { openSqliteStore } from '../../src/adapters/store-sqlite/store.ts';
import { createDeliver } from '../../src/inbound/deliver.ts';
import { provisionUsers } from '../../src/inbound/provision-users.ts';
import { at } from '../inbound/messages.ts';
import { invitation } from './invitation.ts';

const [file = '', first = '0'] = process.argv.slice(2);
const store = openSqliteStore({ file });
await provisionUsers(store, [{ address: at('b'), aliases: [], time_zone: 'UTC' }]);
const deliver = createDeliver({ store, clock: systemClock });

let next = Number(first);
const lane = async (): Promise<never> => {
  for (;;) {
    const number = next++;
    const [result] = await deliver(invitation(number), {});
    if (result?.requestStatus.code === '2.0') writeSync(1, `${number}\n`);
  }
};
await Promise.all(Array.from({ length: 8 }, lane));
