import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import type { TestProjectInlineConfiguration } from 'vitest/config';

const alias = { framegear: fileURLToPath(new URL('src/index.ts', import.meta.url)) };

interface ProjectOptions {
  include: string;
  /** For tests and hooks, in ms. */
  timeout: number;
  maxWorkers: number;
  globalSetup?: string;
}

let order = 0;

/** One project of tests; the projects run one after the other. */
function project(name: string, options: ProjectOptions): TestProjectInlineConfiguration {
  return {
    resolve: { alias },
    test: {
      name,
      include: [options.include],
      testTimeout: options.timeout,
      hookTimeout: options.timeout,
      pool: 'forks',
      maxWorkers: options.maxWorkers,
      sequence: { groupOrder: order++ },
      globalSetup: options.globalSetup ?? [],
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      project('unit', { include: 'test/unit/**/*.test.ts', timeout: 10_000, maxWorkers: 2 }),
      project('integration', {
        include: 'test/integration/**/*.test.ts',
        timeout: 30_000,
        // They mostly wait: for peers to be missed, sources to be given up.
        maxWorkers: 3,
      }),
      project('e2e', {
        include: 'test/e2e/**/*.spec.ts',
        timeout: 90_000,
        // A browser, the server's encoder and the test share the machine already.
        maxWorkers: 1,
        globalSetup: 'test/e2e/global-setup.ts',
      }),
    ],
  },
});
