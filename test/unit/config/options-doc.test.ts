import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { optionsDocPath, renderOptionsDoc } from '../../../scripts/make-options-doc.js';

it('has an up-to-date docs/reference/options.md: run "npm run docs:options" when this fails', async () => {
  expect(readFileSync(optionsDocPath, 'utf8')).toBe(await renderOptionsDoc());
});
