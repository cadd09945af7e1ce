/** How every command ends: DESIGN §7. */
export const exitCode = { fine: 0, foundErrors: 1, usage: 2, couldNotTell: 3 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** A mistake of whoever typed the command: one sentence that says what to change. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was to be asked could not be asked: nobody knows, and the command may be tried again. */
export class CouldNotTell extends Error {
  override readonly name = 'CouldNotTell';
}

/** What a command may touch of the world; tests give their own. */
export interface Terminal {
  /** Results: text for people or one JSON document. */
  readonly out: (text: string) => void;
  /** Octets as they are. */
  readonly write: (octets: Uint8Array) => void;
  /** Diagnostics. */
  readonly error: (text: string) => void;
  /** Standard input to its end. */
  readonly input: () => Promise<Uint8Array>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly colour: boolean;
}

/**
 * Writes one result: JSON for programs, text for people.
 *
 * @throws nothing.
 */
export function report(
  terminal: Terminal,
  result: { readonly json: unknown; readonly text: string },
  json: boolean,
): void {
  terminal.out(json ? `${JSON.stringify(result.json, undefined, 2)}\n` : ensureLineEnd(result.text));
}

function ensureLineEnd(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
