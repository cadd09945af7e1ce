import { describe, expect, it } from 'vitest';
import { checkImport, importsOf } from './arrows.ts';

describe('the arrows between rooms', () => {
  it.each([
    ['packages/itip/src/merge.ts', '@isched/runtime', 'itip must not know runtime'],
    ['packages/icalendar/src/parse.ts', '@isched/itip', 'icalendar must not know itip'],
    ['packages/doseta/src/verify.ts', '@isched/ischedule', 'doseta must not know ischedule'],
    [
      'packages/gateway/src/inbound/apply.ts',
      '../adapters/store-sqlite/store.ts',
      'gateway/inbound must not know gateway/adapters',
    ],
    ['packages/gateway/src/adapters/a/x.ts', '../b/y.ts', 'adapter a must not know adapter b'],
    ['packages/gateway/src/server/main.ts', '@isched/lab', 'gateway must not know lab'],
    ['packages/ischedule/src/fault.ts', '@isched/testkit', 'ischedule must not know testkit'],
    ['packages/ischedule/src/sender/post.ts', '../index.ts', 'import the file, not the index'],
  ])('%s must not import %s', (from, specifier, fault) => {
    expect(checkImport({ from, specifier })).toBe(fault);
  });

  it.each([
    ['packages/ischedule/src/receiver/receiver.ts', '@isched/doseta'],
    ['packages/gateway/src/cli/commands/demo/demo.ts', '@isched/lab'],
    ['packages/gateway/src/server/compose.ts', '../adapters/store-sqlite/store.ts'],
    ['packages/itip/test/merge.test.ts', '@isched/testkit'],
    ['packages/icalendar/src/parse.ts', './component.ts'],
  ])('%s may import %s', (from, specifier) => {
    expect(checkImport({ from, specifier })).toBeUndefined();
  });

  it('finds static, bare, dynamic and re-exporting imports, over several lines', () => {
    const text = "import { a,\n b } from 'x';\nimport 'y';\nexport { c } from './z.ts';\nawait import('w');\n";
    expect(importsOf('f.ts', text).map((one) => one.specifier)).toEqual(['x', 'y', './z.ts', 'w']);
  });
});
