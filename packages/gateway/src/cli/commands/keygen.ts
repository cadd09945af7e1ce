import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AlgorithmName,
  formatSigningKey,
  generateKeyPair,
  keyDocument,
  keyDocumentPath,
  keyRecordName,
  keyRecordText,
  zoneFileText,
} from '@isched/doseta';
import { ischedule } from '@isched/ischedule';
import { systemCode, systemReason } from '@isched/runtime';
import { type DomainName, DomainNameError, parseDomainName } from '@isched/values';
import { Option } from 'commander';
import type { AddCommand } from '../main.ts';
import { report, UsageError } from '../output.ts';

interface KeygenOptions {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: AlgorithmName;
  readonly out: string;
  readonly json?: true;
}

/** `isched keygen --domain D --selector S` */
export const keygenCommand: AddCommand = (program, terminal) => {
  program
    .command('keygen')
    .description('Make a signing key, and show what to publish in DNS and at the well-known URI.')
    .requiredOption('--domain <domain>', 'the signing domain (d=)')
    .requiredOption('--selector <selector>', 'the name of the key (s=), such as 2026a')
    .addOption(new Option('--algorithm <name>').choices(ischedule.algorithms).default(ischedule.algorithms[0]))
    .option('--out <folder>', 'where to write the private key', '.')
    .option('--json', 'for programs')
    .action(async (options: KeygenOptions) => {
      const query = { signingDomain: parseDomain(options.domain), selector: parseSelector(options.selector) };
      const key = await generateKeyPair(options.algorithm);
      const file = join(options.out, `${keyRecordName(query)}.pem`);
      writePrivateKey(file, options.out, formatSigningKey(key));
      const record = keyRecordText(key, ischedule.keyService);
      const published = {
        file,
        dnsName: keyRecordName(query),
        record,
        zoneFile: zoneFileText(query, record),
        wellKnownPath: keyDocumentPath(query),
        wellKnownDocument: keyDocument([record]),
      };
      report(terminal, { json: published, text: asText(published) }, options.json === true);
    });
};

/** @throws UsageError when it is no domain name. */
export function parseDomain(text: string): DomainName {
  try {
    return parseDomainName(text);
  } catch (error) {
    if (error instanceof DomainNameError) throw new UsageError(`--domain: ${error.message}`, { cause: error });
    throw error;
  }
}

/** @throws UsageError when it is no selector: letters, digits, hyphens, dots (RFC 6376 §3.1). */
export function parseSelector(text: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(text)) return text;
  throw new UsageError(
    `--selector: ${JSON.stringify(text)} is not a selector: letters, digits and hyphens, with dots between`,
  );
}

/** Made new with mode 0600, never over another file. */
function writePrivateKey(file: string, folder: string, pem: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, pem, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (systemCode(error) === 'EEXIST')
      throw new UsageError(`${file} is there already: choose another selector, or move it away`);
    throw new UsageError(`${file} can't be written: ${systemReason(error)}`, { cause: error });
  }
}

interface Published {
  readonly file: string;
  readonly zoneFile: string;
  readonly wellKnownPath: string;
  readonly wellKnownDocument: string;
}

function asText({ file, zoneFile, wellKnownPath, wellKnownDocument }: Published): string {
  return [
    `Private key: ${file} (mode 0600). Keep it; nobody else needs it.`,
    '',
    'Publish in the zone of the domain:',
    '',
    zoneFile,
    `The gateway serves the same at ${wellKnownPath}:`,
    '',
    wellKnownDocument,
  ].join('\n');
}
