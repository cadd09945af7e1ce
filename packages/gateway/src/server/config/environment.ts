/** Names of the environment that are the configuration's: `ISCHED_` and, for nesting, `__`. */
const prefix = 'ISCHED_';
/** Named like settings, but other programs' (tests, the CLI itself). */
const reserved = new Set(['ISCHED_CORPUS', 'ISCHED_CONFIG']);
const reservedForTests = 'ISCHED_TEST_';

export type Environment = Readonly<Record<string, string | undefined>>;
export type ConfigTree = { readonly [key: string]: unknown };

/**
 * Lays the environment over a configuration tree: `ISCHED_LOG__LEVEL=debug` sets `log.level`.
 * Values that read as JSON scalars or lists are taken as such, all others as text.
 *
 * @throws nothing.
 */
export function withEnvironment(tree: ConfigTree, environment: Environment): ConfigTree {
  let result = tree;
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || isReserved(name) || value === undefined) continue;
    result = withSetting(result, name.slice(prefix.length).toLowerCase().split('__'), scalar(value));
  }
  return result;
}

function isReserved(name: string): boolean {
  return reserved.has(name) || name.startsWith(reservedForTests);
}

/** The tree with one setting changed; tables on the way are made. @throws nothing. */
export function withSetting(tree: ConfigTree, path: readonly string[], value: unknown): ConfigTree {
  const [key = '', ...rest] = path;
  if (rest.length === 0) return { ...tree, [key]: value };
  const inner = tree[key];
  return { ...tree, [key]: withSetting(isTable(inner) ? inner : {}, rest, value) };
}

function isTable(value: unknown): value is ConfigTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function scalar(text: string): unknown {
  if (!/^(true|false|-?\d+(\.\d+)?|\[.*\])$/s.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
