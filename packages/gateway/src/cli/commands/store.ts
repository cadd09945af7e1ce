import { writeTables } from '../../adapters/store-postgres/copy.ts';
import { readTables } from '../../adapters/store-sqlite/copy.ts';
import { withoutPassword } from '../../server/store.ts';
import type { AddCommand } from '../main.ts';
import { report, UsageError } from '../output.ts';

interface CopyOptions {
  readonly from: string;
  readonly to?: string;
  readonly json?: true;
}

/** `isched store copy --from sqlite:FILE --to postgres://…` */
export const storeCommand: AddCommand = (program, terminal) => {
  program
    .command('store')
    .description('Move state from one store to another.')
    .command('copy')
    .description('Copy all state of a stopped gateway into an empty database, wholly or not at all.')
    .requiredOption('--from <store>', 'sqlite:FILE')
    .option('--to <store>', 'postgresql://USER@HOST/DATABASE; better in ISCHED_STORE__URL, where nobody else sees it')
    .option('--json', 'for programs')
    .action(async (options: CopyOptions) => {
      const to = options.to ?? terminal.environment['ISCHED_STORE__URL'];
      const file = /^sqlite:(?:\/\/)?(.+)$/.exec(options.from)?.[1];
      if (file === undefined) throw new UsageError('--from: a store is copied from sqlite:FILE');
      if (to === undefined || !/^postgres(ql)?:\/\//.test(to))
        throw new UsageError('--to: a store is copied to postgresql://USER@HOST/DATABASE, or ISCHED_STORE__URL');
      const tables = await copy(file, to);
      const text = [
        ...Object.entries(tables).map(([table, count]) => `${String(count).padStart(10)}  ${table}`),
        `Copied ${file} to ${withoutPassword(to)}; the counts agree.`,
      ].join('\n');
      report(terminal, { json: { ok: true, tables }, text }, options.json === true);
    });
};

async function copy(file: string, to: string): Promise<Readonly<Record<string, number>>> {
  using source = readTables(file);
  return await writeTables(to, source);
}
