import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { withoutValues, withSteadyPlans } from '../../src/adapters/store-sqlite/steady-plans.ts';

it('hides the values of a SELECT from the planner, and leaves all else alone', () => {
  expect(withoutValues('SELECT a FROM t WHERE b = ? AND c > @least LIMIT ?')).toBe(
    'SELECT a FROM t WHERE b = ifnull(?, NULL) AND c > ifnull(@least, NULL) LIMIT ifnull(?, NULL)',
  );
  expect(withoutValues('UPDATE t SET a = ? WHERE b = ?')).toBe('UPDATE t SET a = ? WHERE b = ?');
});

it('finds the same rows by the same index', () => {
  const [plain, steady] = [new Sqlite(':memory:'), withSteadyPlans(new Sqlite(':memory:'))];
  const found = [plain, steady].map((database) => {
    database.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT) STRICT; INSERT INTO t VALUES (1, '7'), (2, 'b')");
    database.exec('CREATE INDEX t_word ON t (word) WHERE id > 0');
    const sql = 'SELECT id FROM t WHERE word = ? AND id > 0 ORDER BY id';
    const plan = database.prepare<[string], { detail: string }>(`EXPLAIN QUERY PLAN ${withoutValues(sql)}`).get('x');
    return [database.prepare(sql).pluck().all('7'), database.prepare(sql).pluck().all('none'), plan?.detail];
  });
  expect(found[0]?.slice(0, 2)).toEqual([[1], []]);
  expect(found[1]).toEqual(found[0]);
  expect(found[1]?.[2]).toContain('t_word');
});
