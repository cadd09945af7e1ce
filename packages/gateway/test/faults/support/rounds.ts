/** How many random kills in all: `npm run test:faults` asks for a hundred; other repetitions follow. */
export const rounds = Number(process.env['ISCHED_TEST_FAULT_ROUNDS'] ?? 3);

/** What all chance begins with; `npm run test:faults` draws another each time and says which. */
export const seed = Number(process.env['ISCHED_TEST_FAULT_SEED'] ?? 20_261_124);

/** How often something is tried that is not a random kill: once, or some times where there is time. @throws nothing. */
export function repetitions(most: number): number {
  return Math.min(most, Math.max(1, Math.floor(rounds / 10)));
}
