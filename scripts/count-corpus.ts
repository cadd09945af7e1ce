// Prints how many cases of the public suites pass, collection by collection; with `--list` also those that don't, and why.
// The tests hold the list to be true: a case on it that passes fails a test, like one that isn't on it and doesn't.
import { parseArgs } from 'node:util';
import { corpusCollections } from '../conformance/support/corpus-list.ts';

const { values } = parseArgs({ options: { list: { type: 'boolean' } } });

let [passed, total] = [0, 0];
for (const [name, { cases, notPassed }] of corpusCollections()) {
  passed += cases - notPassed.length;
  total += cases;
  console.log(`${name.padEnd(40)} ${String(cases - notPassed.length).padStart(4)}/${cases}`);
  if (!values.list) continue;
  for (const each of notPassed) console.log(`  ${each.fault}: ${each.case}\n      ${each.why}`);
}
console.log(`${'all'.padEnd(40)} ${String(passed).padStart(4)}/${total}`);
