import { byId } from './dom.js';

const bandCount = 20;
/** How much of the way to its new height a bar goes in one picture, up and down. */
const rise = 0.5;
const fall = 0.14;

/** @typedef {{ bands(count: number): number[] }} Meter */

/** Draws what is said and what is answered: bars to both sides. */
export class Wave {
  #canvas = byId('wave', HTMLCanvasElement);
  #client;
  #flows;
  /** @type {Record<'microphone' | 'answer', number[]>} */
  #heights = { microphone: silence(), answer: silence() };
  #frame = 0;
  #colors = { you: '', answer: '' };

  /**
   * @param {import('../client/index.js').StreamClient} client
   * @param {import('./stream-info.js').Flows} flows
   */
  constructor(client, flows) {
    this.#client = client;
    this.#flows = flows;
    this.#canvas.hidden = !flows.sendsAudio && !flows.receivesAudio;
    byId('sides', HTMLElement).hidden = flows.sendsVideo || flows.receivesVideo;
    byId('of-you', HTMLElement).hidden = !flows.sendsAudio;
    byId('of-answer', HTMLElement).hidden = !flows.receivesAudio;
    if (this.#canvas.hidden) return;
    new ResizeObserver(() => this.#resize()).observe(this.#canvas);
    this.#readColors();
    client.on('statechange', ({ state }) => {
      if (state === 'open') this.#start();
    });
  }

  #start() {
    cancelAnimationFrame(this.#frame);
    const draw = () => {
      this.#move();
      this.#draw();
      const { state } = this.#client.state;
      const isLive = state === 'open' || state === 'reconnecting';
      if (isLive || this.#isMoving()) this.#frame = requestAnimationFrame(draw);
    };
    draw();
  }

  #move() {
    const { microphoneMeter, answerMeter, microphoneMuted } = this.#client;
    settle(this.#heights.microphone, microphoneMuted ? null : microphoneMeter);
    settle(this.#heights.answer, answerMeter);
  }

  #isMoving() {
    const { microphone, answer } = this.#heights;
    return [...microphone, ...answer].some((height) => height > 0.01);
  }

  #draw() {
    const context = this.#canvas.getContext('2d');
    if (!context) return;
    const { width, height } = this.#canvas;
    context.clearRect(0, 0, width, height);
    const { sendsAudio, receivesAudio } = this.#flows;
    const { microphone, answer } = this.#heights;
    const left = sendsAudio ? microphone : answer;
    const right = receivesAudio ? answer : microphone;
    this.#bars(context, left, -1, sendsAudio ? this.#colors.you : this.#colors.answer);
    this.#bars(context, right, 1, receivesAudio ? this.#colors.answer : this.#colors.you);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number[]} heights
   * @param {-1 | 1} side
   * @param {string} color
   */
  #bars(context, heights, side, color) {
    const { width, height } = this.#canvas;
    const step = (width * 0.47) / bandCount;
    const thick = Math.max(2, step * 0.42);
    context.fillStyle = color;
    heights.forEach((level, index) => {
      const x = width / 2 + side * (index + 0.5) * step;
      // lower towards the edges, as a voice fades
      const reach = (height - thick) * (1 - (index / bandCount) ** 2 * 0.55);
      const length = thick + reach * level ** 1.4;
      context.globalAlpha = 0.35 + 0.65 * Math.min(1, level * 1.6);
      context.beginPath();
      context.roundRect(x - thick / 2, (height - length) / 2, thick, length, thick / 2);
      context.fill();
    });
    context.globalAlpha = 1;
  }

  /** The stage is dark in either scheme. */
  #readColors() {
    const style = getComputedStyle(this.#canvas);
    const color = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    this.#colors = { you: color('--you'), answer: color('--answer') };
    this.#draw();
  }

  #resize() {
    const { clientWidth, clientHeight } = this.#canvas;
    const scale = Math.min(2, devicePixelRatio);
    this.#canvas.width = Math.round(clientWidth * scale);
    this.#canvas.height = Math.round(clientHeight * scale);
    this.#draw();
  }
}

function silence() {
  return Array.from({ length: bandCount }, () => 0);
}

/**
 * @param {number[]} heights
 * @param {Meter | null} meter
 */
function settle(heights, meter) {
  const wanted = meter?.bands(bandCount) ?? silence();
  wanted.forEach((level, index) => {
    const now = heights[index] ?? 0;
    heights[index] = now + (level - now) * (level > now ? rise : fall);
  });
}
