import type { Database } from 'better-sqlite3';

/**
 * Makes a connection plan each SELECT once. SQLite looks at bound values while it plans, and plans anew whenever another
 * value is bound, which costs several times the search itself; behind `ifnull` it sees none. Nothing here has statistics
 * that would make a plan for a value better than one for all.
 *
 * @returns the same connection.
 * @throws nothing.
 * @see https://sqlite.org/qpsg.html: what the driver's build does not switch on.
 */
export function withSteadyPlans(database: Database): Database {
  const prepare = database.prepare.bind(database);
  return Object.assign(database, { prepare: (sql: string) => prepare(withoutValues(sql)) });
}

/** A SELECT whose parameters the planner can't look into; every other statement as it is. @throws nothing. */
export function withoutValues(sql: string): string {
  return /^\s*SELECT\b/i.test(sql) ? sql.replaceAll(/\?|@\w+/g, 'ifnull($&, NULL)') : sql;
}
