import { expect, it } from 'vitest';
import { type Terminal, UsageError } from '../../src/cli/output.ts';
import { readTextInput } from '../../src/cli/terminal.ts';

const terminalWith = (octets: Uint8Array) => ({ input: () => Promise.resolve(octets) }) as unknown as Terminal;

it('a text that is no UTF-8 is told to be none, and not changed into one that is', async () => {
  const utf8 = new Uint8Array(Buffer.from('SUMMARY:München 😀', 'utf8'));
  expect(await readTextInput('-', terminalWith(utf8))).toBe('SUMMARY:München 😀');
  const latin = new Uint8Array(Buffer.from('SUMMARY:München', 'latin1'));
  await expect(readTextInput('-', terminalWith(latin))).rejects.toThrow(UsageError);
});
