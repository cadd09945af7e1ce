import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const corpusRoot = process.env.ISCHED_CORPUS ?? join(here, '../../../../../shared/corpus');

/** Whether the corpus is there; its absence is told in the name of what is skipped. */
export const corpusThere = existsSync(corpusRoot);
export const corpusNote = corpusThere ? '' : ' (skipped: no corpus, see ISCHED_CORPUS)';

export function corpusText(path: string): string {
  return readFileSync(join(corpusRoot, path), 'utf8');
}

export function corpusJson(path: string): unknown {
  return JSON.parse(corpusText(path));
}

/** The files of a corpus folder that hold cases. */
export function corpusFiles(folder: string, ending: string): readonly string[] {
  if (!corpusThere) return [];
  return readdirSync(join(corpusRoot, folder))
    .filter((name) => name.endsWith(ending) && name !== 'index.json')
    .toSorted();
}
