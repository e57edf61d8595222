import { byId, setText } from './dom.js';
import { bitrateText } from './figures.js';

/** @typedef {import('./server-talk.js').Quality} Quality */
/** @typedef {import('./server-talk.js').Rendition} Rendition */

/**
 * What there is to choose from, for this ladder: nothing when it has one rung, no "medium" when it has two.
 *
 * @param {Rendition[]} ladder Best first.
 * @returns {{ quality: Quality, rendition: Rendition | null }[]}
 */
export function choicesOf(ladder) {
  const [best, ...rest] = ladder;
  const last = rest.at(-1);
  if (!best || !last) return [];
  const middle = ladder[Math.floor(ladder.length / 2)];
  return [
    { quality: 'auto', rendition: null },
    { quality: 'high', rendition: best },
    ...(middle && middle !== last
      ? [{ quality: /** @type {Quality} */ ('medium'), rendition: middle }]
      : []),
    { quality: 'low', rendition: last },
  ];
}

/** @type {Record<Quality, string>} */
const words = { auto: 'Auto', high: 'High', medium: 'Medium', low: 'Low' };

/** The choice of a picture quality: a `<select id="quality">`, hidden while there is nothing to choose. */
export class QualityMenu {
  #select = byId('quality', HTMLSelectElement);
  #label = byId('quality-label', HTMLElement);
  #connection;

  /** @param {import('./connection.js').Connection} connection */
  constructor(connection) {
    this.#connection = connection;
    this.#select?.addEventListener('change', () => {
      connection.talk.choose(/** @type {Quality} */ (this.#select?.value));
      this.show();
    });
    this.show();
  }

  /** To be called when the renditions or the picture's size have changed. */
  show() {
    const select = this.#select;
    if (!select) return;
    const { talk, statistics } = this.#connection;
    const choices = choicesOf(talk.renditions.ladder);
    const holder = this.#label ?? select;
    // it stays while a connection is renewed: the viewer may be at it
    if (choices.length > 0 || this.#connection.state.state === 'live') {
      holder.hidden = choices.length === 0;
    }
    if (choices.length === 0) return;
    const now = statistics?.height ? ` · ${statistics.height}p` : '';
    choices.forEach(({ quality, rendition }, index) => {
      const option = select.options[index] ?? select.appendChild(new Option());
      option.value = quality;
      const size = rendition ? bitrateWords(rendition) : quality === talk.quality ? now : '';
      setText(option, words[quality] + size);
    });
    while (select.options.length > choices.length) select.remove(choices.length);
    const chosen = choices.some(({ quality }) => quality === talk.quality);
    select.value = chosen ? talk.quality : 'auto';
  }
}

/** @param {Rendition} rendition */
function bitrateWords({ bitrate }) {
  return bitrate > 0 ? ` · ${bitrateText(bitrate)}` : '';
}
