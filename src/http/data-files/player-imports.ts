import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { partOf, playerFolder } from './renewal-plan.js';
import type { FileState, Survey } from './survey.js';

/** Larger files are no pages written by hand. */
const maxFileBytes = 1024 * 1024;
const maxFiles = 500;

/** An import, static or not, of a module of the player. `main.js` keeps its promise through all versions. */
const fromOutside = /\b(?:import|from)\b[^;]{0,200}?\bplayer\/(?!main\.js)([\w-]+\.js)/g;
const fromBeside = /\b(?:import|from)\b[^;]{0,200}?['"]\.\/(?!main\.js)([\w-]+\.js)/g;

/**
 * Finds the user's templates and scripts that import modules of the player which change, or are gone, in this version.
 * Those names are no promise: a page that uses them goes with the player it was written for. Nothing is read
 * unless the player is due for renewal.
 */
export async function findPlayerImports(directory: string, survey: Survey): Promise<string[]> {
  const { record, states } = survey;
  const due = [...states].some(([file, state]) => state === 'old' && partOf(file) === 'player');
  if (!due) return [];
  const changes = (name: string): boolean => {
    const state = states.get(playerFolder + name);
    return state === 'old' || (state === undefined && record.files.has(playerFolder + name));
  };
  const importers: string[] = [];
  for (const file of await userFiles(directory, survey)) {
    const text = await readFile(path.join(directory, file), 'utf8');
    const pattern = partOf(file) === 'player' ? fromBeside : fromOutside;
    if ([...text.matchAll(pattern)].some(([, name]) => changes(name ?? ''))) importers.push(file);
  }
  return importers;
}

/** Edited files and the user's own. What was edited inside the player is judged by its default, not by its imports. */
async function userFiles(directory: string, { record, states }: Survey): Promise<string[]> {
  const files: string[] = [];
  for (const folder of ['templates', 'static']) {
    const root = path.join(directory, folder);
    const names = await readdir(root, { recursive: true }).catch(() => []);
    for (const name of names.sort()) {
      const file = `${folder}/${name.split(path.sep).join('/')}`;
      if (
        !/\.(html|m?js)$/.test(file) ||
        !isUsers(file, record.files.has(file), states.get(file))
      ) {
        continue;
      }
      const found = await stat(path.join(directory, file)).catch(() => null);
      if (found?.isFile() && found.size <= maxFileBytes) files.push(file);
    }
  }
  return files.slice(0, maxFiles);
}

function isUsers(file: string, recorded: boolean, state: FileState | undefined): boolean {
  if (partOf(file) === 'player') return !recorded;
  if (state === undefined) return !recorded;
  return state !== 'same' && state !== 'old';
}
