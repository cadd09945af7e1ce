import { loadConfig } from '../../server/config/load.ts';
import { migrateConfiguredStore } from '../../server/store.ts';
import type { AddCommand } from '../main.ts';
import { report } from '../output.ts';

/** `isched migrate --config FILE` */
export const migrateCommand: AddCommand = (program, terminal) => {
  program
    .command('migrate')
    .description("Bring the store's schema up to date; a gateway that starts does the same.")
    .requiredOption('--config <file>', 'the TOML file')
    .option('--json', 'for programs')
    .action(async (options: { readonly config: string; readonly json?: true }) => {
      const config = loadConfig(options.config, terminal.environment);
      const text = await migrateConfiguredStore(config);
      report(terminal, { json: { ok: true, detail: text }, text }, options.json === true);
    });
};
