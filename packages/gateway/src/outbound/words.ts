/** For operators. A peer's words may be long. */
export const longestDetail = 500;

/** Why something failed, in words. @returns nothing where nothing is said. @throws nothing. */
export function describeCause(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  if (cause instanceof Error) return `${cause.name}: ${cause.message}`;
  return typeof cause === 'string' ? cause : JSON.stringify(cause);
}
