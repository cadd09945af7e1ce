import { stringify as formatToml } from 'smol-toml';
import { ConfigError, loadConfig } from '../../server/config/load.ts';
import { type Config, configJsonSchema } from '../../server/config/schema.ts';
import { withoutPassword } from '../../server/store.ts';
import type { AddCommand } from '../main.ts';
import { exitCode, report } from '../output.ts';

interface ConfigOptions {
  readonly config: string;
  readonly json?: true;
}

/** `isched config check|print|schema` */
export const configCommand: AddCommand = (program, terminal, done) => {
  const config = program.command('config').description('Check, print or describe the configuration.');
  const load = (options: ConfigOptions): Config => loadConfig(options.config, terminal.environment);

  config
    .command('check')
    .description('Say whether a configuration can be used, and what to change where it can not.')
    .requiredOption('--config <file>', 'the TOML file')
    .option('--json', 'for programs')
    .action((options: ConfigOptions) => {
      const problems = findProblems(() => load(options));
      const text = problems.length === 0 ? `${options.config} can be used.` : problems.join('\n');
      report(terminal, { json: { ok: problems.length === 0, problems }, text }, options.json === true);
      done(problems.length === 0 ? exitCode.fine : exitCode.foundErrors);
    });

  config
    .command('print')
    .description('Print the configuration as it counts: file, environment and defaults together.')
    .requiredOption('--config <file>', 'the TOML file')
    .option('--json', 'as JSON instead of TOML')
    .action((options: ConfigOptions) => {
      const printable = asInput(withoutSecrets(load(options)));
      report(terminal, { json: printable, text: formatToml(printable) }, options.json === true);
    });

  config
    .command('schema')
    .description('Print the JSON Schema of the configuration file.')
    .action(() => report(terminal, { json: configJsonSchema(), text: '' }, true));
};

function findProblems(load: () => unknown): readonly string[] {
  try {
    load();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** A password is nobody's to read over a shoulder. */
function withoutSecrets(config: Config): Config {
  const { url } = config.store;
  return url === undefined ? config : { ...config, store: { ...config.store, url: withoutPassword(url) } };
}

/** The checked configuration in the form it is written in: addresses as HOST:PORT again. */
function asInput(config: Config): Record<string, unknown> {
  return JSON.parse(JSON.stringify(config), (_key, value: unknown) =>
    isSocketAddress(value) ? formatSocketAddress(value) : value,
  ) as Record<string, unknown>;
}

function isSocketAddress(value: unknown): value is { host: string; port: number } {
  return typeof value === 'object' && value !== null && Object.keys(value).sort().join() === 'host,port';
}

function formatSocketAddress({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
