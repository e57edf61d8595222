import type { FileState } from './survey.js';

/** What a start does to the files of an older version. Paths. */
export interface RenewalPlan {
  /** Unedited, of an older version: get the new contents. */
  readonly renew: readonly string[];
  /** Not there: are written. */
  readonly add: readonly string[];
  /** Unedited, of an older version, and left so: what is edited goes with them, not with the new ones. */
  readonly held: readonly string[];
  /** Edited files that are older than their defaults, or in the way of new ones. */
  readonly outdated: readonly string[];
  /** Scripts and pages of the user's that import modules of the older player. */
  readonly importers: readonly string[];
}

/** Modules that import each other, by names that change with versions: of one version, or broken. */
export const playerFolder: string = 'static/js/player/';

/** What a file belongs to. */
export type FilePart = 'player' | 'pages' | 'script' | 'other';

/** Tells the part of the page that `file` belongs to. */
export function partOf(file: string): FilePart {
  if (file.startsWith(playerFolder)) return 'player';
  if (file.startsWith('static/js/')) return 'script';
  if (file.startsWith('templates/') || file.startsWith('static/css/')) return 'pages';
  return 'other';
}

/**
 * Decides what is renewed, so that nothing edited is lost and the page keeps working:
 *
 * - The player is renewed as a whole, or, when somebody edited or imports what has changed in it, not at all.
 * - Templates and style sheets go together in the same way: a style sheet fits the pages it was written for.
 * - Pages and scripts use the player, so they stay with an older one. The other way round is safe: a player takes
 *   any page, and `custom.js` needs nothing of it but `startPlayer()`.
 *
 * @param importers - The user's files that import what is not the same in this version's player.
 */
export function planRenewal(
  states: ReadonlyMap<string, FileState>,
  importers: readonly string[],
): RenewalPlan {
  const those = (...wanted: FileState[]): string[] =>
    [...states].filter(([, state]) => wanted.includes(state)).map(([file]) => file);
  const unfit = those('outdated', 'dropped', 'foreign');
  const playerStays = importers.length > 0 || unfit.some((file) => partOf(file) === 'player');
  const pagesStay = playerStays || unfit.some((file) => partOf(file) === 'pages');
  const stays: Record<FilePart, boolean> = {
    player: playerStays,
    script: playerStays,
    pages: pagesStay,
    other: false,
  };
  const old = those('old');
  const held = old.filter((file) => stays[partOf(file)]);
  return {
    renew: old.filter((file) => !stays[partOf(file)]),
    add: those('missing'),
    held,
    // what has no default, or none that we know to be newer, matters only where it holds others
    outdated: held.length > 0 ? unfit : those('outdated'),
    importers: held.length > 0 ? importers : [],
  };
}
