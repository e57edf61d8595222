import { fileURLToPath } from 'node:url';

const file = fileURLToPath(import.meta.url);

/**
 * Environment variables for commands under test: the home directory is a file, so that none of them can use or change the
 * data directory of whoever runs the tests.
 */
export const noHome: NodeJS.ProcessEnv = { HOME: file, USERPROFILE: file };
