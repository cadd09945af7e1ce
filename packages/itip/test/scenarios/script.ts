/** One line of a script, with the indented lines below it. */
export interface Step {
  readonly line: number;
  readonly command: string;
  readonly rest: string;
  readonly block: readonly string[];
}

/** A story: who sends what to whom, and what each then has. */
export interface Scenario {
  readonly title: string;
  readonly steps: readonly Step[];
}

/**
 * Reads scripts. `scenario TITLE` begins a story; `#` begins a comment; what is indented belongs to the line above it.
 */
export function readScenarios(text: string): readonly Scenario[] {
  const scenarios: { title: string; steps: Step[] }[] = [];
  text.split('\n').forEach((written, index) => {
    const steps = scenarios.at(-1)?.steps;
    if (written.trim() === '' || written.startsWith('#')) return;
    if (/^\s/.test(written)) {
      const last = steps?.pop();
      if (last) steps?.push({ ...last, block: [...last.block, written.slice(2)] });
      return;
    }
    const [, command = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(written.trimEnd()) ?? [];
    if (command === 'scenario') scenarios.push({ title: rest, steps: [] });
    else if (steps) steps.push({ line: index + 1, command, rest, block: [] });
    else throw new Error(`line ${index + 1}: no scenario yet`);
  });
  return scenarios;
}
