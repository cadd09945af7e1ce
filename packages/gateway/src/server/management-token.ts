import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode, systemRandom } from '@isched/runtime';

/** Where, in the data folder, the token of the management API is kept. */
export const managementTokenFile = 'management-token';

/**
 * The token of the management API: made at the first start, for this user's eyes only.
 *
 * @throws the system's error when the data folder can't be used.
 */
export function managementToken(dataFolder: string): string {
  const file = join(dataFolder, managementTokenFile);
  try {
    writeFileSync(file, `${systemRandom.token()}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8').trim();
}
