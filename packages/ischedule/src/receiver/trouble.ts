import type { ReceiverTrouble } from '../fault.ts';

/** A passing trouble, and when to come again. */
export interface Trouble {
  readonly trouble: Extract<ReceiverTrouble, 'unavailable' | 'no-space'>;
  readonly retryAfterSeconds?: number | undefined;
}

const troublesByCode: Readonly<Record<string, Trouble['trouble']>> = {
  'temporarily-unavailable': 'unavailable',
  'dns-unavailable': 'unavailable',
  'store-unavailable': 'unavailable',
  'store-full': 'no-space',
};

/**
 * Knows an error by its `code` as a passing trouble: `temporarily-unavailable`, `dns-unavailable`, `store-unavailable`,
 * `store-full`. Everything else is a defect, and the listener's 500.
 *
 * @throws nothing.
 */
export function temporaryTrouble(error: unknown): Trouble | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const trouble = Object.hasOwn(troublesByCode, error.code) ? troublesByCode[error.code] : undefined;
  if (trouble === undefined) return undefined;
  const retryAfterSeconds = 'retryAfterSeconds' in error ? error.retryAfterSeconds : undefined;
  return typeof retryAfterSeconds === 'number' ? { trouble, retryAfterSeconds } : { trouble };
}
