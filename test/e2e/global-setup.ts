import type { TestProject } from 'vitest/node';
import { installPackedPackage, removePackedPackage } from '../support/packed-package.js';
import type { PackedPackage } from '../support/packed-package.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The installed package that the tests run; made once for all of them. */
    framegear: PackedPackage;
  }
}

/** Installs the packed package for the tests' `inject('framegear')`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const installed = await installPackedPackage();
  project.provide('framegear', installed);
  return () => removePackedPackage(installed);
}
