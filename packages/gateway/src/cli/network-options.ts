import { parseDnsServer } from '@isched/runtime';
import { type Command, InvalidArgumentError } from 'commander';
import { readText } from '../server/config/load.ts';
import type { Config } from '../server/config/schema.ts';
import { createNetwork, type Network, type NetworkSettings, networkSettings } from '../server/network.ts';

/** What every network command takes. */
export interface NetworkFlags {
  readonly dns?: readonly string[];
  readonly ca?: string;
  readonly allowAddress?: readonly string[];
}

/** Adds `--dns`, `--ca` and `--allow-address` to a command. @throws nothing. */
export function withNetworkFlags(command: Command): Command {
  return command
    .option('--dns <host:port>', 'ask this name server; may be repeated', collect(checkServer))
    .option('--ca <file>', 'PEM certificates to trust besides the built-in ones')
    .option(
      '--allow-address <cidr>',
      'private addresses that may be connected to; may be repeated',
      collect(checkRange),
    );
}

/**
 * The network as flags and configuration say; a flag wins.
 *
 * @throws ConfigError when a file can't be read.
 */
export function openNetwork(flags: NetworkFlags, config?: Config): Network {
  return createNetwork(settingsOf(flags, config));
}

function settingsOf(flags: NetworkFlags, config: Config | undefined): NetworkSettings {
  const configured: NetworkSettings = config ? networkSettings(config) : { dnsServers: [], allowAddresses: [] };
  return {
    ...configured,
    ...(flags.dns && { dnsServers: flags.dns.map((text) => parseDnsServer(text)) }),
    ...(flags.ca !== undefined && { ca: readText(flags.ca) }),
    ...(flags.allowAddress && { allowAddresses: flags.allowAddress }),
  };
}

function collect(check: (text: string) => void) {
  return (text: string, previous: readonly string[] = []): readonly string[] => {
    try {
      check(text);
    } catch {
      throw new InvalidArgumentError('');
    }
    return [...previous, text];
  };
}

function checkServer(text: string): void {
  parseDnsServer(text);
}

function checkRange(text: string): void {
  if (!/^[0-9a-fA-F.:]+(\/\d{1,3})?$/.test(text)) throw new TypeError('not an address or a CIDR range');
}
