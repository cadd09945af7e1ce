import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of real calendar data that many tests read; it is not part of the repository. */
export const corpusRoot =
  process.env['ISCHED_CORPUS'] ?? fileURLToPath(new URL('../../../../../shared/corpus', import.meta.url));

/** Tests that need the corpus are reported as skipped without it. */
export const hasCorpus = existsSync(join(corpusRoot, 'README.md'));

export function corpusText(path: string): string {
  return readFileSync(join(corpusRoot, path), 'utf8');
}

export function corpusJson(path: string): unknown {
  return JSON.parse(corpusText(path)) as unknown;
}

export interface CorpusFile {
  readonly file: string;
  readonly bytes: number;
  readonly features: readonly string[];
  readonly parsers: Readonly<Record<string, string>>;
}

/** The calendar files, each with its octets. */
export function corpusFiles(): readonly (CorpusFile & { readonly octets: Uint8Array })[] {
  if (!hasCorpus) return [];
  const index = corpusJson('ics/index.json') as { readonly files: readonly CorpusFile[] };
  return index.files.map((file) => ({ ...file, octets: readFileSync(join(corpusRoot, 'ics', file.file)) }));
}
