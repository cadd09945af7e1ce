import { globSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { checkImport, importsOf } from './arrows.ts';

const files = globSync('packages/*/src/**/*.ts').map((file) => file.split(sep).join('/'));
const imports = files.flatMap((file) => importsOf(file, readFileSync(file, 'utf8')));
const faults = imports.flatMap((one) => {
  const fault = checkImport(one);
  return fault === undefined ? [] : [`${one.from}: imports ${one.specifier}: ${fault}`];
});

for (const fault of faults) console.error(fault);
console.log(`arrows: ${imports.length} imports in ${files.length} files, ${faults.length} against the arrows`);
process.exitCode = faults.length === 0 && imports.length > 0 ? 0 : 1;
