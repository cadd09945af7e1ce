import { z } from 'zod';

/** A text that a parser of ours accepts; what it answers is the checked value. @throws nothing. */
export function parsed<T>(what: string, parse: (text: string) => T) {
  return z.string().transform((text, context): T => {
    try {
      return parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} is not ${what}` });
      return z.NEVER;
    }
  });
}

/** A text that stays as it is, and that a parser of ours accepts. @throws nothing. */
export function checked(text: z.ZodString, what: string, parse: (text: string) => unknown) {
  return text.refine(
    (value) => {
      try {
        parse(value);
        return true;
      } catch {
        return false;
      }
    },
    { error: notA(what) },
  );
}

/** Says that a value is something else. @throws nothing. */
export function notA(what: string) {
  return ({ input }: { readonly input?: unknown }): string => `${JSON.stringify(input)} is not ${what}`;
}
