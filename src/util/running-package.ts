import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModuleProviders } from './load-module.js';

/**
 * What a user's `import ... from 'framegear'` gets: the package that is running, so that classes are
 * the same ones and `instanceof` holds, also under npx, where nothing is installed beside the file.
 */
export const runningPackage: ModuleProviders = {
  framegear: () => {
    // From `dist` a `.js`, from `src` (tests, tsx) a `.ts` file.
    const self = import.meta.url;
    return import(new URL(`../index${extname(fileURLToPath(self))}`, self).href);
  },
};

/** Packages of ours that a user's module may import though they are not installed beside it. */
export const companionPackages: ModuleProviders = {
  sharp: () => import('sharp'),
};
