import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = process.env['ISCHED_CORPUS'] ?? join(import.meta.dirname, '../../../../../shared/corpus');

/** Tests that need the corpus are skipped where it is not there: `describe.skipIf(!corpusIsThere)`. */
export const corpusIsThere = existsSync(join(root, 'README.md'));

export function corpusFile(path: string): Buffer {
  return readFileSync(join(root, path));
}

export function corpusJson(path: string): unknown {
  return JSON.parse(corpusFile(path).toString('utf8'));
}
