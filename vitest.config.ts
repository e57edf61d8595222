import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const alias = { framegear: fileURLToPath(new URL('src/index.ts', import.meta.url)) };

/** One project of tests; `timeout` in ms for tests and hooks. */
function project(name: string, include: string, timeout: number): object {
  return {
    resolve: { alias },
    test: { name, include: [include], testTimeout: timeout, hookTimeout: timeout, pool: 'forks' },
  };
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('unit', 'test/unit/**/*.test.ts', 10_000),
      project('integration', 'test/integration/**/*.test.ts', 30_000),
      project('e2e', 'test/e2e/**/*.spec.ts', 90_000),
    ],
  },
});
