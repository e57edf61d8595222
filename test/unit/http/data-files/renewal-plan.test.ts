import { describe, expect, it } from 'vitest';
import { planRenewal } from '../../../../src/http/data-files/renewal-plan.js';
import type { RenewalPlan } from '../../../../src/http/data-files/renewal-plan.js';
import type { FileState } from '../../../../src/http/data-files/survey.js';

const index = 'templates/index.html';
const style = 'static/css/custom.css';
const script = 'static/js/custom.js';
const peer = 'static/js/player/peer.js';
const dom = 'static/js/player/dom.js';
const icon = 'static/img/favicon.svg';

/** Everything of an older version and unedited, but for `states`. */
function plan(states: Record<string, FileState> = {}, importers: string[] = []): RenewalPlan {
  const old = [index, style, script, peer, dom, icon].map((file) => [file, 'old'] as const);
  return planRenewal(new Map<string, FileState>([...old, ...Object.entries(states)]), importers);
}

describe('planRenewal', () => {
  it('renews all where nothing was edited', () => {
    expect(plan()).toEqual({
      renew: [index, style, script, peer, dom, icon],
      add: [],
      held: [],
      outdated: [],
      importers: [],
    });
  });

  it('keeps a player with an outdated edit whole, and with it what uses it', () => {
    expect(plan({ [peer]: 'outdated' })).toMatchObject({
      renew: [icon],
      held: [index, style, script, dom],
      outdated: [peer],
    });
  });

  it('keeps a player that a file of the user imports', () => {
    const importers = ['static/js/mine.js'];
    expect(plan({}, importers)).toMatchObject({ renew: [icon], outdated: [], importers });
  });

  it.each([index, style])('keeps the pages with %s, and renews the player', (edited) => {
    const { renew, held, outdated } = plan({ [edited]: 'outdated' });
    expect(renew).toEqual([script, peer, dom, icon]);
    expect(held).toEqual([index, style].filter((file) => file !== edited));
    expect(outdated).toEqual([edited]);
  });

  it('holds nothing for custom.js, which needs nothing but startPlayer()', () => {
    const { renew, held, outdated } = plan({ [script]: 'outdated' });
    expect({ renew, held, outdated }).toEqual({
      renew: [index, style, peer, dom, icon],
      held: [],
      outdated: [script],
    });
  });

  it('holds nothing for an edit of a default that is the same still', () => {
    const { held, outdated } = plan({ [peer]: 'edited', [index]: 'edited' });
    expect({ held, outdated }).toEqual({ held: [], outdated: [] });
  });

  it.each<FileState>(['dropped', 'foreign'])('holds others for a file that is %s', (state) => {
    const added = 'static/js/player/added.js';
    expect(plan({ [added]: state })).toMatchObject({ renew: [icon], outdated: [added] });
  });

  it.each<FileState>(['dropped', 'foreign'])('does not name what is %s and holds none', (state) => {
    const states = new Map<string, FileState>([[peer, state]]);
    expect(planRenewal(states, [])).toMatchObject({ held: [], outdated: [] });
  });

  it('adds what is missing, held or not', () => {
    const added = 'static/js/player/added.js';
    expect(plan({ [added]: 'missing' })).toMatchObject({ add: [added] });
    expect(plan({ [added]: 'missing', [peer]: 'outdated' })).toMatchObject({ add: [added] });
  });
});
