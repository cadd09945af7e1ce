import { posix } from 'node:path';

/** One import as it stands in a file; both paths from the repository's root. */
export interface Import {
  readonly from: string;
  readonly specifier: string;
}

/** Which package may import which (DESIGN, "Arrows"). Names as npm knows them. */
const packageArrows: Readonly<Record<string, readonly string[]>> = {
  values: [],
  runtime: ['values'],
  doseta: ['values', 'runtime'],
  icalendar: ['values'],
  itip: ['values', 'icalendar'],
  ischedule: ['values', 'runtime', 'doseta', 'icalendar', 'itip'],
  lab: ['values', 'runtime', 'doseta'],
  gateway: ['values', 'runtime', 'doseta', 'icalendar', 'itip', 'ischedule'],
  testkit: ['values', 'runtime', 'doseta', 'icalendar', 'itip', 'ischedule', 'lab', 'gateway'],
};

/** The one place outside tests and benchmarks that may use the lab. */
const labGuests = /^packages\/gateway\/src\/cli\/commands\/demo\//;

/** How rows are laid out is the same for every store; all other adapters know nothing of each other. */
const sharedByStores = 'store-rows';

/** Rooms of the gateway and what each may import from inside it. Its own room is always allowed, except among adapters. */
const gatewayArrows: Readonly<Record<string, readonly string[]>> = {
  words: [],
  ports: [],
  decisions: ['ports'],
  policy: ['ports', 'decisions'],
  inbound: ['words', 'ports', 'decisions', 'policy'],
  outbound: ['words', 'ports', 'decisions', 'policy'],
  adapters: ['ports', 'decisions', 'policy'],
  admin: ['words', 'ports', 'decisions', 'policy', 'inbound', 'outbound'],
  server: ['words', 'ports', 'decisions', 'policy', 'inbound', 'outbound', 'adapters', 'admin'],
  cli: ['words', 'ports', 'decisions', 'policy', 'inbound', 'outbound', 'adapters', 'admin', 'server'],
};

/**
 * Checks one import against the arrows.
 *
 * @returns what is wrong with it, or nothing.
 * @throws nothing.
 */
export function checkImport({ from, specifier }: Import): string | undefined {
  const source = /^packages\/([a-z-]+)\/src\/(.*)$/.exec(from);
  if (!source) return undefined; // tests, benchmarks and scripts may import what they try
  const [, owner = '', file = ''] = source;
  if (specifier.startsWith('.'))
    return checkRelative({ from, owner, file }, posix.join(posix.dirname(from), specifier));
  const target = specifier === 'isched' ? 'gateway' : /^@isched\/([a-z-]+)$/.exec(specifier)?.[1];
  if (target === undefined) {
    return specifier.startsWith('@isched/')
      ? `${specifier}: import a package by its name, not a file of it`
      : undefined;
  }
  if (target === owner) return `${specifier}: inside a package, import the file`;
  if (target === 'lab' && labGuests.test(from)) return undefined;
  return packageArrows[owner]?.includes(target) ? undefined : `${owner} must not know ${target}`;
}

interface SourceFile {
  /** From the repository's root. */
  readonly from: string;
  readonly owner: string;
  /** From the package's `src`. */
  readonly file: string;
}

function checkRelative({ from, owner, file }: SourceFile, target: string): string | undefined {
  if (!target.startsWith(`packages/${owner}/`)) return `${target}: a relative path out of the package`;
  if (target === `packages/${owner}/src/index.ts`) return 'import the file, not the index';
  if (owner !== 'gateway' || from.endsWith('/src/index.ts')) return undefined;
  const room = file.split('/')[0] ?? '';
  const [targetRoom = '', targetFile = ''] = target.slice('packages/gateway/src/'.length).split('/');
  if (room !== targetRoom) {
    return gatewayArrows[room]?.includes(targetRoom)
      ? undefined
      : `gateway/${room} must not know gateway/${targetRoom}`;
  }
  const adapter = file.split('/')[1] ?? '';
  return room === 'adapters' && adapter !== targetFile && targetFile !== sharedByStores
    ? `adapter ${adapter} must not know adapter ${targetFile}`
    : undefined;
}

/** Every import of a source text, static, dynamic and re-exports, each with its specifier. */
export function importsOf(from: string, text: string): readonly Import[] {
  const pattern =
    /(?:^|[;\n])\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|[;\n])\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(pattern)].map((match) => ({ from, specifier: match[1] ?? match[2] ?? match[3] ?? '' }));
}
