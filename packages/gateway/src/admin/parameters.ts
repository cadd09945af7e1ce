import { z } from 'zod';
import { Problem } from './problem.ts';

/** Checks what was given by a schema. @throws Problem that says what is wrong with it. */
export function valid<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (!result.success) throw new Problem('invalid-parameter', z.prettifyError(result.error));
  return result.data;
}

/** Seconds to wait. */
export const waitSchema = z.coerce.number().min(0).max(600).default(0);
