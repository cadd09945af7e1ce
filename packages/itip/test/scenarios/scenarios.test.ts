import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkCases } from '../../../../conformance/support/corpus-cases.ts';
import { corpusFiles, corpusNote, corpusThere } from '../support/corpus.ts';
import { commands } from './commands.ts';
import { readScenarios, type Step } from './script.ts';
import { emptyStage, type Stage } from './stage.ts';

const scripts = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.txt'));

describe.each(scripts)('%s', (script) => {
  const scenarios = readScenarios(readFileSync(join(import.meta.dirname, script), 'utf8'));
  describe.skipIf(!corpusThere)(`as told${corpusNote}`, () => {
    it.each(scenarios)('$title', ({ steps }) => {
      const stage = emptyStage();
      for (const step of steps) play(stage, step, script);
    });
  });
});

function play(stage: Stage, step: Step, script: string): void {
  const command = commands[step.command];
  if (!command) throw new Error(`${script}:${step.line}: nobody knows how to ${step.command}`);
  try {
    command(stage, step);
  } catch (error) {
    if (error instanceof Error)
      error.message = `${script}:${step.line}: ${step.command} ${step.rest}\n${error.message}`;
    throw error;
  }
}

describe.skipIf(!corpusThere)(`the examples${corpusNote}`, () => {
  const told = scripts.map((script) => readFileSync(join(import.meta.dirname, script), 'utf8')).join('\n');
  for (const folder of ['rfc5546', 'rfc6638']) {
    const files = corpusFiles(`itip/${folder}`, '.ics').map((name) => `${folder}/${name}`);
    checkCases(
      `itip/${folder}, in stories`,
      files.map((file) => [file, file] as const),
      (file) => expect(told).toContain(file),
    );
  }
});
