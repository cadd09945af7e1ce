import type { Database } from 'better-sqlite3';
import type { Serials } from '../../ports/serials.ts';
import type { Scope } from './scope.ts';

/** Prepares the statements once; each piece of work gets its room from the function answered. */
export function prepareSerials(database: Database): (scope: Scope) => Serials {
  const select = database.prepare<[string], { readonly fingerprint: string; readonly serial: number }>(
    'SELECT fingerprint, serial FROM serials WHERE name = ?',
  );
  const upsert = database.prepare<[string, string, number]>(
    `INSERT INTO serials (name, fingerprint, serial) VALUES (?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, serial = excluded.serial`,
  );
  return (scope) => ({
    async serialOf(name, fingerprint) {
      scope.enter();
      const row = select.get(name);
      if (row?.fingerprint === fingerprint) return row.serial;
      const serial = (row?.serial ?? 0) + 1;
      upsert.run(name, fingerprint, serial);
      return serial;
    },
  });
}
