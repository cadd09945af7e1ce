import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { calAddressKey } from '@isched/icalendar';
import { systemReason } from '@isched/runtime';
import { parse as parseToml, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { describeIssue, placeOf } from '../../words/describe-issue.ts';
import { type ConfigTree, type Environment, withEnvironment } from './environment.ts';
import { type Config, configJsonSchema, configSchema } from './schema.ts';
import { nearestWord } from './suggest.ts';

/** The configuration can't be used; `problems` says in a sentence each what to change. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'invalid-config';
  readonly problems: readonly string[];
  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options);
    this.problems = problems;
  }
}

/**
 * Reads, completes and checks the configuration: environment over file over defaults; paths become absolute.
 *
 * @param path - the TOML file.
 * @throws ConfigError with every problem found.
 */
export function loadConfig(path: string, environment: Environment): Config {
  const tree = withEnvironment(readTree(path), environment);
  return withAbsolutePaths(checkConfig(tree), dirname(resolve(path)));
}

/**
 * Checks a configuration tree and fills in the defaults.
 *
 * @throws ConfigError with every problem found.
 */
export function checkConfig(tree: ConfigTree): Config {
  const result = configSchema.safeParse(tree);
  if (!result.success) throw new ConfigError(result.error.issues.flatMap((issue) => sentencesOf(issue, tree)));
  const problems = crossChecks(result.data);
  if (problems.length > 0) throw new ConfigError(problems);
  return result.data;
}

function readTree(path: string): ConfigTree {
  try {
    return parseToml(readText(path)) as ConfigTree;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new ConfigError([`${path}:${error.line}:${error.column}: ${error.message.split('\n')[0] ?? 'not TOML'}`], {
      cause: error,
    });
  }
}

/** The text of a file the configuration names. @throws ConfigError when it can't be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError([`${path} can't be read: ${systemReason(error)}`], { cause: error });
  }
}

function crossChecks(config: Config): readonly string[] {
  const names = new Set(config.domains.map((domain) => domain.name));
  const unknown = config.domains.filter(
    (domain) => domain.signing_domain !== undefined && !names.has(domain.signing_domain),
  );
  const repeated = config.domains.filter(
    (domain, index) => config.domains.findIndex((other) => other.name === domain.name) !== index,
  );
  return [
    ...unknown.map(
      (domain) => `domains: ${domain.name} signs as ${domain.signing_domain}, which is not among the domains`,
    ),
    ...repeated.map((domain) => `domains: ${domain.name} is listed twice`),
    ...userProblems(config),
    ...storeProblems(config),
    ...outboundProblems(config),
    ...(config.lenient && !config.https ? ['lenient: needs [https], whose certificate it shows'] : []),
  ];
}

function userProblems({ users }: Config): readonly string[] {
  const addresses = users.flatMap(({ address, aliases }) => [...new Set([address, ...aliases].map(calAddressKey))]);
  const twice = addresses.filter((address, index) => addresses.indexOf(address) !== index);
  return [...new Set(twice)].map((address) => `users: two of them have the address ${address}`);
}

function storeProblems({ store: { type, url, url_file } }: Config): readonly string[] {
  const places = [url, url_file].filter((place) => place !== undefined).length;
  if (type === 'postgres' && places === 0) return ['store: type "postgres" needs url, url_file or ISCHED_STORE__URL'];
  if (type === 'sqlite' && places > 0) return ['store: url is for type = "postgres"; sqlite keeps its file under data'];
  return places > 1 ? ['store: url and url_file say the same thing; leave one out'] : [];
}

function outboundProblems({ outbound: { retry, breaker } }: Config): readonly string[] {
  return [
    ...(retry.first_seconds > retry.max_seconds ? ['outbound.retry: first_seconds is longer than max_seconds'] : []),
    ...(breaker.first_pause_seconds > breaker.max_pause_seconds
      ? ['outbound.breaker: first_pause_seconds is longer than max_pause_seconds']
      : []),
  ];
}

function sentencesOf(issue: z.core.$ZodIssue, tree: ConfigTree): readonly string[] {
  if (issue.code !== 'unrecognized_keys')
    return [describeIssue(issue, { tree, language: 'TOML', name: 'configuration' })];
  const place = placeOf(issue.path);
  return issue.keys.map((key) => {
    const near = nearestWord(key, knownKeys(issue.path));
    return `${place ? `${place}.` : ''}${key}: unknown setting${near === undefined ? '' : `; did you mean ${near}?`}`;
  });
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** The keys the published schema allows at a place. */
function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let node: SchemaNode | undefined = configJsonSchema() as SchemaNode;
  for (const part of path) node = typeof part === 'number' ? node?.items : node?.properties?.[String(part)];
  return Object.keys(node?.properties ?? {});
}

function withAbsolutePaths(config: Config, folder: string): Config {
  const absolute = (path: string): string => resolve(folder, path);
  return {
    ...config,
    data: absolute(config.data),
    store: {
      ...config.store,
      ...(config.store.url_file !== undefined && { url_file: absolute(config.store.url_file) }),
    },
    ...(config.https && {
      https: {
        ...config.https,
        certificate_file: absolute(config.https.certificate_file),
        key_file: absolute(config.https.key_file),
      },
    }),
    domains: config.domains.map((domain) => ({
      ...domain,
      keys: domain.keys.map((key) => ({ ...key, file: absolute(key.file) })),
    })),
    network: {
      ...config.network,
      ...(config.network.ca_file !== undefined && { ca_file: absolute(config.network.ca_file) }),
    },
  };
}
