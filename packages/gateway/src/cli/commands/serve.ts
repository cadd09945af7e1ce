import { fitThreadPool, systemReason } from '@isched/runtime';
import { ConfiguredKeyError } from '../../adapters/keys/configured-keys.ts';
import { loadConfig } from '../../server/config/load.ts';
import type { Config } from '../../server/config/schema.ts';
import { allRoles, type Role } from '../../server/compose.ts';
import { type Gateway, type StartOptions, startGateway } from '../../server/gateway.ts';
import { CertificateError } from '../../server/http/certificate.ts';
import { createLog, type Logger } from '../../server/log.ts';
import { listenToSignals } from '../../server/signals.ts';
import type { AddCommand } from '../main.ts';
import { UsageError } from '../output.ts';

interface ServeOptions {
  readonly config: string;
  readonly data?: string;
  readonly role?: readonly string[];
}

/** `isched serve --config FILE [--role ROLE …]` */
export const serveCommand: AddCommand = (program, terminal) => {
  program
    .command('serve')
    .description('Run the gateway until SIGTERM or Ctrl-C; SIGHUP reads the certificates anew.')
    .requiredOption('--config <file>', 'the TOML file')
    .option('--data <folder>', 'where to keep the state, instead of what the file says')
    .option(
      '--role <role>',
      `what this node does: ${allRoles.join(', ')} or all; may be repeated; default all`,
      (text, given?: readonly string[]) => [...(given ?? []), text],
    )
    .action(async ({ config: path, data, role }: ServeOptions) => {
      fitThreadPool(process.env);
      const roles = readRoles(role ?? ['all']);
      const environment = data === undefined ? terminal.environment : { ...terminal.environment, ISCHED_DATA: data };
      const config = loadConfig(path, environment);
      const log = createLog(config.log, process.stdout.isTTY);
      const running: { gateway?: Gateway } = {};
      using signals = listenToSignals({ onHangUp: () => void running.gateway?.reloadCertificates() });
      await using gateway = await start(config, log, { roles, signal: signals.stop });
      if (gateway) {
        running.gateway = gateway;
        log.info({ domains: config.domains.map((domain) => domain.name) }, 'isched is ready');
        await signals.untilStopped();
      }
      log.info('isched stops');
    });
};

function readRoles(names: readonly string[]): ReadonlySet<Role> {
  const roles = names.flatMap((name): readonly Role[] => {
    const role = allRoles.find((known) => known === name);
    if (role === undefined && name !== 'all') throw new UsageError(`--role is one of ${allRoles.join(', ')}, all`);
    return role === undefined ? allRoles : [role];
  });
  return new Set(roles);
}

/**
 * What an operator can mend is told in a sentence.
 *
 * @returns nothing when it was stopped before it was ready.
 */
async function start(config: Config, log: Logger, options: StartOptions): Promise<Gateway | undefined> {
  try {
    return await startGateway(config, log, options);
  } catch (error) {
    if (options.signal?.aborted) return undefined;
    if (error instanceof ConfiguredKeyError || error instanceof CertificateError) {
      throw new UsageError(error.message, { cause: error });
    }
    const { syscall, path, message } = error as NodeJS.ErrnoException;
    if (syscall === 'listen')
      throw new UsageError(`can't listen: ${systemReason(error)}: ${message}`, { cause: error });
    if (syscall !== undefined && path !== undefined) {
      throw new UsageError(`${path} can't be used: ${systemReason(error)}`, { cause: error });
    }
    throw error;
  }
}
