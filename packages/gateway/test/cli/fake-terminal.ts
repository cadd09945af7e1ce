import { main } from '../../src/cli/main.ts';
import type { Terminal } from '../../src/cli/output.ts';

/** What a command line printed, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs one command line in this process. */
export async function run(
  argv: readonly string[],
  options: { readonly input?: string | Uint8Array; readonly environment?: Record<string, string> } = {},
): Promise<Ran> {
  const out: Buffer[] = [];
  const error: string[] = [];
  const terminal: Terminal = {
    out: (text) => void out.push(Buffer.from(text)),
    write: (octets) => void out.push(Buffer.from(octets)),
    error: (text) => void error.push(text),
    input: () => Promise.resolve(Buffer.from(options.input ?? '')),
    environment: options.environment ?? {},
    colour: false,
  };
  const code = await main(argv, terminal);
  return { code, out: Buffer.concat(out).toString('latin1'), error: error.join('') };
}
