import path from 'node:path';
import type { InstallReport } from './install.js';
import { recordName } from './record.js';

const overwriting =
  'start once with --overwrite-default-files (overwriteDefaultFiles), which keeps backups of edited files';
const maxNames = 8;

/**
 * Says in one line for people what of the page in `directory` is of an older version, why, and what to do about it; nothing
 * when all is well.
 */
export function describeStale(directory: string, report: InstallReport): string[] {
  if (report.damaged) {
    const record = path.join(directory, recordName);
    return [
      `${record} is damaged, so what was edited is not known: the files of the page stay as they are. To renew ` +
        `them, ${overwriting}`,
    ];
  }
  const { held, outdated, importers } = report.stale;
  const reasons: string[] = [];
  if (outdated.length > 0) {
    reasons.push(`${list(outdated)} ${outdated.length === 1 ? 'was' : 'were'} edited`);
  }
  if (importers.length > 0) {
    const verb = importers.length === 1 ? 'imports' : 'import';
    reasons.push(`${list(importers)} ${verb} modules of the older player`);
  }
  if (reasons.length === 0) return [];
  const unedited = held.length === 1 ? 'unedited file stays' : 'unedited files stay';
  const others = held.length === 0 ? '' : ` (${held.length} ${unedited} with that)`;
  const deleting = outdated.length > 0 ? 'delete what was edited, or ' : '';
  return [
    `${directory}: the page is partly of an older version, since ${reasons.join(' and ')}${others}. To renew it, ` +
      `${deleting}${overwriting}`,
  ];
}

function list(files: readonly string[]): string {
  const more = files.length - maxNames;
  return files.slice(0, maxNames).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
