import { createSigner, parseSigningKey, type SigningKey, SigningKeyError } from '@isched/doseta';
import { ischedule } from '@isched/ischedule';
import { type Command, InvalidArgumentError } from 'commander';
import { clockAt } from '../instant.ts';
import type { AddCommand } from '../main.ts';
import { type Terminal, UsageError } from '../output.ts';
import { formatRawRequest, parseRawRequest, type RawRequest, RawRequestError } from '../raw-request.ts';
import { readInput, readTextInput } from '../terminal.ts';
import { parseDomain, parseSelector } from './keygen.ts';

interface SignOptions {
  readonly domain: string;
  readonly selector: string;
  readonly key: string;
  readonly now?: string;
  readonly expires: number;
}

/** `isched sign REQUEST.http --domain D --selector S --key KEY.pem` */
export const signCommand: AddCommand = (program, terminal) => {
  const command: Command = program
    .command('sign')
    .description('Add a DKIM-Signature to a raw HTTP/1.1 request, and write it to standard output.')
    .argument('<request>', 'a file with the request, or - for standard input')
    .requiredOption('--domain <domain>', 'the signing domain (d=)')
    .requiredOption('--selector <selector>', 'the name of the key (s=)')
    .requiredOption('--key <file>', 'the private key, PEM')
    .option('--now <time>', 'sign as of this time, such as 2026-11-23T10:00:00Z')
    .option('--expires <seconds>', 'life of the signature', parseSeconds, 3600);
  command.action(async (path: string, options: SignOptions) => {
    const request = await readRequest(path, terminal);
    const identity = {
      signingDomain: parseDomain(options.domain),
      selector: parseSelector(options.selector),
      key: await readKey(options.key, terminal),
    };
    const signer = createSigner(
      { template: ischedule, clock: clockAt(options.now) },
      { lifetimeSeconds: options.expires },
    );
    const field = await signer.sign(request, identity).catch(refuseUnsuitable);
    terminal.write(formatRawRequest(request, field));
  });
};

/** @throws UsageError when there is no HTTP/1.1 request in it. */
export async function readRequest(path: string, terminal: Terminal): Promise<RawRequest> {
  try {
    return parseRawRequest(await readInput(path, terminal));
  } catch (error) {
    if (error instanceof RawRequestError) throw new UsageError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

async function readKey(path: string, terminal: Terminal): Promise<SigningKey> {
  try {
    return parseSigningKey(await readTextInput(path, terminal));
  } catch (error) {
    if (error instanceof SigningKeyError) throw new UsageError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** To the signer an unfit message is a mistake of its caller; here the caller is a person. */
function refuseUnsuitable(error: unknown): never {
  if (error instanceof TypeError) throw new UsageError(error.message, { cause: error });
  throw error;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  const least = ischedule.times.minLifetimeSeconds;
  if (!Number.isSafeInteger(seconds) || seconds < least) throw new InvalidArgumentError(`at least ${least} seconds.`);
  return seconds;
}
