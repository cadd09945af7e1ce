import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['isched-source'] },
  ssr: { resolve: { conditions: ['isched-source'], externalConditions: ['isched-source'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'conformance/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
    execArgv: ['--conditions=isched-source'],
    testTimeout: 60_000,
    restoreMocks: true,
  },
});
