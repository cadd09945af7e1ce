// Fails where a line of conformance/requirements.yaml has neither a test nor a stated reason, or a test names an unknown line.
// With `--list open|tests|reason` it prints those lines.
import { globSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { parseArgs } from 'node:util';
import { coverageOf, mentionsInData, mentionsInTest, parseRequirements, type Requirement } from './requirements.ts';

const testFiles = [
  'packages/*/test/**/*.test.ts',
  'packages/testkit/src/contracts/**/*.ts',
  'conformance/**/*.test.ts',
];
const dataFiles = ['conformance/vectors/*.json', 'conformance/exchanges/**/*.{json,yaml}'];

const { values } = parseArgs({ options: { list: { type: 'string' } } });

const { requirements, faults } = parseRequirements(readFileSync('conformance/requirements.yaml', 'utf8'));
const found = [
  ...filesOf(testFiles).map((file) => mentionsInTest(file, readFileSync(file, 'utf8'))),
  ...filesOf(dataFiles).map((file) => mentionsInData(file, readFileSync(file, 'utf8'))),
];
const coverage = coverageOf(
  requirements,
  found.flatMap((one) => one.mentions),
);
const lists: Readonly<Record<string, readonly Requirement[]>> = {
  tests: coverage.withTests,
  reason: coverage.withReason,
  open: coverage.open,
};

if (values.list !== undefined) {
  const list = lists[values.list];
  if (list === undefined) throw new TypeError(`--list takes one of ${Object.keys(lists).join(', ')}`);
  for (const one of list)
    console.log(
      `${one.id} (${one.level}, ${one.side}) ${one.text}${one.reason === undefined ? '' : `\n  ${one.reason}`}`,
    );
}
const allFaults = [...faults, ...found.flatMap((one) => one.faults), ...coverage.faults];
for (const fault of allFaults) console.error(fault);
console.log(
  `requirements: ${requirements.length} lines, ${coverage.withTests.length} with tests, ` +
    `${coverage.withReason.length} with a stated reason, ${coverage.open.length} open`,
);
process.exitCode = allFaults.length === 0 && coverage.open.length === 0 && requirements.length > 0 ? 0 : 1;

function filesOf(patterns: readonly string[]): readonly string[] {
  return globSync(patterns)
    .map((file) => file.split(sep).join('/'))
    .sort();
}
