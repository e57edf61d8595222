/**
 * Writes docs/reference/options.md from the option table: `tsx scripts/make-options-doc.ts`.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { optionGroups } from '../src/config/option-definition.js';
import type { OptionDefinition } from '../src/config/option-definition.js';
import { commandTable } from '../src/config/command-table.js';
import { optionTable } from '../src/config/option-table.js';

/** The file that is written. */
export const optionsDocPath: string = fileURLToPath(
  new URL('../docs/reference/options.md', import.meta.url),
);

const intro = `# Options

<!-- Made by scripts/make-options-doc.ts from src/config/option-table.ts: change it there. -->

The same options everywhere: \`createServer({ ... })\` in code, \`defineConfig({ ... })\` in
\`framegear.config.ts\`, and flags of the command, which win over the config file. Every switch has its opposite on the command
line (\`--loop\`, \`--no-loop\`). An unknown option or a value that cannot be is refused before anything
starts, with its name and the value: a \`TypeError\` or \`RangeError\` in code, exit code 2 on the command line.
`;

/** The reference page as text. */
export async function renderOptionsDoc(): Promise<string> {
  const entries = Object.entries({ ...optionTable, ...commandTable }) as [
    string,
    OptionDefinition,
  ][];
  const sections = optionGroups.map((group) => {
    const options = entries.filter(([, definition]) => definition.group === group);
    return [`## ${group}`, ...options.map(([name, option]) => renderOption(name, option))].join(
      '\n\n',
    );
  });
  return format([intro, ...sections].join('\n\n'), {
    ...(await resolveConfig(optionsDocPath)),
    parser: 'markdown',
  });
}

function renderOption(name: string, option: OptionDefinition): string {
  const { flags, type, unit, help, webgear, repeat, group } = option;
  const rows = [
    ['Command line', flags === null ? 'none: in code and config file only' : code(flags)],
    ['Type', code(type) + (unit === undefined ? '' : `, in ${unit}`)],
    ['Default', defaultOf(option)],
    [
      'In WebGear_RTC',
      webgear === undefined ? null : /^[\w-]+$/.test(webgear) ? code(webgear) : webgear,
    ],
  ].filter(([, text]) => text !== null);
  if (repeat !== undefined && flags !== null && name !== 'source') {
    rows[0]?.splice(1, 1, `${code(flags)}, as often as needed`);
  }
  const title =
    group === 'Command'
      ? code(flags?.split(/[ ,]+/).find((part) => part.startsWith('--')) ?? name)
      : code(name);
  return [`### ${title}`, help, rows.map(([label, text]) => `- ${label}: ${text}`).join('\n')].join(
    '\n\n',
  );
}

function defaultOf({ default: value, defaultText }: OptionDefinition): string {
  if (defaultText !== undefined) return defaultText;
  return value === undefined
    ? 'none'
    : code(typeof value === 'string' ? `'${value}'` : JSON.stringify(value));
}

function code(text: string): string {
  return `\`${text}\``;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(optionsDocPath, await renderOptionsDoc());
}
