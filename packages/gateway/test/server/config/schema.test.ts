import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { configJsonSchema } from '../../../src/server/config/schema.ts';

it('is published as it is: docs/config.schema.json (npx isched config schema > docs/config.schema.json)', () => {
  const published = readFileSync(new URL('../../../../../docs/config.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(published)).toEqual(configJsonSchema());
});
