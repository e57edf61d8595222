import js from '@eslint/js';
import vitest from '@vitest/eslint-plugin';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { importX } from 'eslint-plugin-import-x';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The layers of docs/architecture.md, lowest first. What is in no row is wiring and may import all. */
const layers = [
  ['util', 'errors.ts', 'logger.ts'],
  ['media'],
  ['codec', 'source', 'transform', 'rtc'],
  ['pipeline', 'delivery', 'realtime'],
  ['http'],
];
const wiring = ['config', 'cli', 'server', 'cli.ts', 'index.ts', 'server.ts', 'stream.ts'];
/** Neighbours in a layer that one part may import all the same. */
const neighbours = { source: ['codec'], transform: ['codec'], util: ['errors.ts', 'logger.ts'] };
/** Lower layers that a part may not import all the same. */
const strangers = { pipeline: ['rtc'], delivery: ['codec', 'source', 'transform'] };

/** Which parts of `src/` may import which of the walled dependencies. */
const walls = [
  { names: ['node-av'], inside: ['codec', 'source', 'transform'] },
  { names: ['werift'], inside: ['rtc'] },
  { names: ['nunjucks'], inside: ['http'] },
  { names: ['ws'], inside: ['http'] },
  { names: ['onnxruntime-web'], inside: ['realtime'] },
  // `Server.app` is an Express application: its type is part of the public interface.
  { names: ['express'], inside: ['http'], allowTypeImports: true },
  { names: ['commander'], inside: ['cli', 'cli.ts'] },
];

/** One zone per part: everything in `src/` but itself, its neighbours and the layers below it. */
const zones = layers.flatMap((parts, depth) =>
  parts.map((part) => ({
    target: `./src/${part}`,
    from: [...layers.slice(depth).flat(), ...wiring, ...(strangers[part] ?? [])]
      .filter((other) => other !== part && !(neighbours[part] ?? []).includes(other))
      .map((other) => `./src/${other}`),
    message: 'Imports point down only: see "Layers" in docs/architecture.md.',
  })),
);

/** The dependencies that `part` of `src/` must leave alone; `null` is a part with no wall of its own. */
function forbiddenImports(part) {
  const patterns = walls
    .filter(({ inside }) => !inside.includes(part))
    .map(({ names, allowTypeImports = false }) => ({
      regex: `^(${names.join('|')})(/|$)`,
      allowTypeImports,
      message: 'Each dependency has its wall: see "Layers" in docs/architecture.md.',
    }));
  if (walls[0].inside.includes(part)) {
    patterns.push({
      // The build copies these two entries of node-av into dist/; the others would pull in more.
      regex: '^node-av(?!/(lib|constants)$)',
      message: 'Use node-av/lib or node-av/constants.',
    });
  }
  return ['error', { patterns }];
}

const wallConfigs = [...new Set([null, ...walls.flatMap(({ inside }) => inside)])].map((part) => ({
  files: [part === null ? 'src/**' : part.endsWith('.ts') ? `src/${part}` : `src/${part}/**`],
  rules: { '@typescript-eslint/no-restricted-imports': forbiddenImports(part) },
}));

export default defineConfig(
  globalIgnores(['dist/', 'docs/api/', 'coverage/', 'test/fixtures/webgear_rtc/']),
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js'] } } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts', '.js'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/external-module-folders': ['node_modules', 'node_modules/@types'],
      'import-x/resolver-next': [createTypeScriptImportResolver()],
    },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-duplicates': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      eqeqeq: ['error', 'smart'],
      // TypeScript reports these itself, and knows the globals of each tsconfig.
      'no-undef': 'off',
      // `async` on an implementation of a promised interface is a statement, not a mistake.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  ...wallConfigs,
  {
    files: [
      'src/cli.ts',
      'src/cli/**',
      'scripts/**',
      'bench/**',
      'examples/**',
      'static/**',
      'test/**',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.test.ts', 'test/**/*.spec.ts'],
    extends: [vitest.configs.recommended],
    rules: {
      // A table of cases often tells which of two expectations holds.
      'vitest/no-conditional-expect': 'off',
      'vitest/no-focused-tests': 'error',
      'vitest/no-disabled-tests': 'error',
      'vitest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expect*', 'assert*'] }],
    },
  },
  {
    files: ['test/**', 'bench/**'],
    rules: {
      'max-lines': ['error', { max: 600, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': 'off',
    },
  },
  {
    // Plain JavaScript outside static/ and client/ belongs to no tsconfig.
    files: ['**/*.{js,mjs,cjs}'],
    ignores: ['static/**', 'client/**'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { projectService: false } },
  },
);
