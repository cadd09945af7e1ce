import { storeContract } from '@isched/testkit';
import { afterAll, beforeAll, describe } from 'vitest';
import { openPostgresHouse, openStoreIn, type PostgresHouse } from './postgres-house.ts';

let house: PostgresHouse;
beforeAll(async () => {
  house = await openPostgresHouse();
}, 60_000);
afterAll(() => house?.[Symbol.asyncDispose]());

describe('the PostgreSQL store', () => {
  storeContract(() => openStoreIn(house));
});
