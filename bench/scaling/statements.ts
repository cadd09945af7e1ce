import { Client } from 'pg';

/** What was asked of databases while something was done. */
export interface Asked {
  readonly statements: number;
  /** How often somebody asked a connection on which nothing was under way. */
  readonly roundTrips: number;
}

/**
 * Does something and counts the statements of this process meanwhile, over all connections.
 *
 * @throws what `work` throws.
 */
export async function countStatements(work: () => Promise<unknown>): Promise<Asked> {
  const asked = { statements: 0, roundTrips: 0 };
  const underWay = new WeakMap<object, number>();
  type Query = (this: object, ...values: unknown[]) => unknown;
  const holder = Client.prototype as unknown as { query: Query };
  const original = holder.query;
  holder.query = function (...values) {
    const before = underWay.get(this) ?? 0;
    asked.statements += 1;
    if (before === 0) asked.roundTrips += 1;
    underWay.set(this, before + 1);
    const answer = original.apply(this, values);
    const end = (): void => void underWay.set(this, (underWay.get(this) ?? 1) - 1);
    if (answer instanceof Promise) answer.then(end, end);
    return answer;
  };
  try {
    await work();
    return asked;
  } finally {
    holder.query = original;
  }
}
