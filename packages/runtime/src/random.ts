import { randomBytes, randomInt } from 'node:crypto';

/** Chance, asked for through an interface so that tests can script it. */
export interface Random {
  /** From 0 (included) to 1 (excluded). */
  fraction(): number;
  /** A new unguessable text of 22 URL-safe characters (128 bits). */
  token(): string;
}

const fractionSteps = 2 ** 32;

/** The machine's source of chance. */
export const systemRandom: Random = {
  fraction: () => randomInt(fractionSteps) / fractionSteps,
  token: () => randomBytes(16).toString('base64url'),
};
