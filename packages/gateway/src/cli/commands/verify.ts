import {
  dnsTxtKeySource,
  httpWellKnownKeySource,
  type KeySource,
  parseKeyDocument,
  type QueryMethod,
} from '@isched/doseta';
import { ischedule } from '@isched/ischedule';
import { systemRandom } from '@isched/runtime';
import type { Network } from '../../server/network.ts';
import { clockAt } from '../instant.ts';
import { explainRequest, formatExplanation } from '../explain-request.ts';
import { judgeRequest, type RequestJudgement } from '../judge-request.ts';
import type { AddCommand } from '../main.ts';
import { type NetworkFlags, openNetwork, withNetworkFlags } from '../network-options.ts';
import { exitCode, report, type Terminal, UsageError } from '../output.ts';
import { readTextInput } from '../terminal.ts';
import { readRequest } from './sign.ts';

interface VerifyOptions extends NetworkFlags {
  readonly keyRecord?: string;
  readonly keyFile?: string;
  readonly now?: string;
  readonly explain?: true;
  readonly against?: string;
  readonly json?: true;
}

const codes = { pass: exitCode.fine, fail: exitCode.foundErrors, tempfail: exitCode.couldNotTell } as const;

/** `isched verify REQUEST.http [--key-record TXT | --key-file DOC] [--explain] [--against FILE]` */
export const verifyCommand: AddCommand = (program, terminal, done) => {
  const command = program
    .command('verify')
    .description(
      "Judge a raw HTTP/1.1 request as a receiver would: its signature, the service's rules, the originator's domain.",
    )
    .argument('<request>', 'a file with the request, or - for standard input')
    .option('--key-record <txt>', 'the key record, instead of asking for it')
    .option('--key-file <file>', 'a key document: one record a line')
    .option('--now <time>', 'judge as of this time, such as 2026-11-23T10:00:00Z')
    .option('--explain', 'show what was hashed, and which known variant would have passed')
    .option('--against <file>', 'the request as it was sent: show the first octet that differs')
    .option('--json', 'for programs');
  withNetworkFlags(command).action(async (path: string, options: VerifyOptions) => {
    if (options.keyRecord !== undefined && options.keyFile !== undefined) {
      throw new UsageError('--key-record and --key-file: give one of them');
    }
    const request = await readRequest(path, terminal);
    const sent = options.against === undefined ? undefined : await readRequest(options.against, terminal);
    await using network = openNetwork(options);
    const keySources = await keySourcesFor(options, network, terminal);
    const judgement = await judgeRequest(request, { keySources, dns: network.dns, clock: clockAt(options.now) });
    const wanted = options.explain === true || sent !== undefined;
    const explanation = wanted ? await explainRequest(request, { judgement, keySources, sent }) : undefined;
    const { status, reason = null, signature = null } = judgement;
    report(
      terminal,
      {
        json: { status, reason, signature, explain: explanation ?? null },
        text: [asText(judgement), ...(explanation ? ['', formatExplanation(explanation)] : [])].join('\n'),
      },
      options.json === true,
    );
    done(codes[status]);
  });
};

async function keySourcesFor(
  options: VerifyOptions,
  network: Network,
  terminal: Terminal,
): Promise<readonly KeySource[]> {
  if (options.keyRecord !== undefined)
    return ischedule.queryMethods.map((method) => fixedKeySource(method, [options.keyRecord ?? '']));
  if (options.keyFile !== undefined) {
    const records = parseKeyDocument(await readTextInput(options.keyFile, terminal));
    if (records.length === 0) throw new UsageError(`${options.keyFile} holds no key record`);
    return ischedule.queryMethods.map((method) => fixedKeySource(method, records));
  }
  return [
    dnsTxtKeySource(network),
    httpWellKnownKeySource({ dns: network.dns, fetch: network.fetch, random: systemRandom }),
  ];
}

/** Whatever key is asked for, these are the records: a person vouches for them. */
function fixedKeySource(queryMethod: QueryMethod, records: readonly string[]): KeySource {
  return { queryMethod, lookup: () => Promise.resolve({ status: 'found', records, ttlSeconds: 0 }) };
}

function asText({ status, reason, signature, cause }: RequestJudgement): string {
  const by = signature ? ` by ${signature.selector}._domainkey.${signature.signingDomain}` : '';
  switch (status) {
    case 'pass':
      return `pass: signed${by}`;
    case 'fail':
      return `fail: ${reason}${by} (docs/verification-reasons.md says what to do)`;
    case 'tempfail':
      return `could not tell: ${reason}${by}. ${String(cause)}`;
    default:
      return status satisfies never;
  }
}
