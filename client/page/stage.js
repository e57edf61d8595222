import { byId, hasPicture, setText } from './dom.js';
import { introFor, wordsFor } from './words.js';

/** @typedef {import('../client/index.js').StreamClient} StreamClient */

/** How long the browser's question may be open before the page points at it. */
const permissionHintMs = 800;
const stopWordMs = 3000;

/** The pictures, and the words over them. */
export class Stage {
  #client;
  #flows;
  #intro;
  #main = byId('main', HTMLElement);
  #stage = byId('stage', HTMLElement);
  #answer = byId('answer', HTMLVideoElement);
  #preview = byId('preview', HTMLVideoElement);
  #overlay = byId('overlay', HTMLElement);
  #start = byId('start', HTMLButtonElement);
  #stop = byId('stop', HTMLButtonElement);
  #hintTimer = 0;
  #countdownTimer = 0;
  #pulseTimer = 0;
  #asksPermission = false;

  /**
   * @param {StreamClient} client
   * @param {import('./stream-info.js').Flows} flows
   */
  constructor(client, flows) {
    this.#client = client;
    this.#flows = flows;
    this.#intro = introFor(flows);
    client.playOn(this.#answer);
    client.on('statechange', () => this.#onState());
    client.on('localstream', (stream) => this.#onLocal(stream));
    client.on('pending', (pending) => {
      byId('pending', HTMLElement).hidden = !pending;
    });
    client.on('stopword', () => this.#pulse());
    for (const type of ['loadeddata', 'playing', 'resize', 'emptied']) {
      for (const video of [this.#answer, this.#preview]) {
        video.addEventListener(type, () => this.#onPicture());
      }
    }
    this.#onState();
  }

  #onState() {
    const { state } = this.#client.state;
    clearTimeout(this.#hintTimer);
    this.#asksPermission = false;
    const sends = this.#flows.sendsAudio || this.#flows.sendsVideo;
    if (state === 'connecting' && sends) {
      this.#hintTimer = setTimeout(() => {
        this.#asksPermission = this.#preview.srcObject === null;
        this.#show();
      }, permissionHintMs);
    }
    this.#show();
  }

  #show() {
    const { state } = this.#client;
    const words = wordsFor(state, this.#intro);
    const waits = state.state === 'open' && !this.#hasPictures();
    const running = state.state !== 'closed' && state.state !== 'failed';
    this.#main.dataset.state = state.state;
    this.#main.dataset.code = state.code;
    setText(byId('badge', HTMLElement), words.badge);
    setText(byId('overlay-title', HTMLElement), waits ? 'Connected' : words.title);
    const reason = waits ? 'Waiting for the first picture.' : words.reason;
    const asks = this.#asksPermission && state.state === 'connecting';
    setText(byId('overlay-reason', HTMLElement), asks ? this.#permissionWords() : reason);
    setText(byId('start-label', HTMLElement), words.button);
    setText(byId('announcer', HTMLElement), `${words.badge}. ${words.reason}`);
    this.#overlay.hidden = state.state === 'open' && !waits;
    this.#showButtons(running);
    this.#countDown(state.retryAt);
  }

  /** @param {boolean} running */
  #showButtons(running) {
    const focused = document.activeElement;
    this.#start.hidden = running;
    this.#stop.hidden = !running;
    // a keyboard user must not be thrown back to the top of the page
    if (focused === this.#start && running) this.#stop.focus({ preventScroll: true });
    if (focused === this.#stop && !running) this.#start.focus({ preventScroll: true });
  }

  #permissionWords() {
    const { sendsAudio, sendsVideo } = this.#flows;
    const devices = [sendsVideo ? 'camera' : '', sendsAudio ? 'microphone' : ''];
    return `Allow this page to use your ${devices.filter(Boolean).join(' and ')}.`;
  }

  #hasPictures() {
    return !this.#flows.receivesVideo || hasPicture(this.#answer);
  }

  /** @param {MediaStream | null} stream */
  #onLocal(stream) {
    const track = stream?.getVideoTracks()[0];
    const isCamera = track !== undefined && this.#client.cameraId !== '';
    const shown = isCamera ? new MediaStream([track]) : null;
    this.#preview.srcObject = shown;
    this.#preview.hidden = shown === null;
    // pictures of a camera that looks away from the visitor are not mirrored
    this.#preview.classList.toggle(
      'is-mirrored',
      track?.getSettings().facingMode !== 'environment',
    );
    this.#asksPermission = false;
    this.#show();
  }

  #onPicture() {
    const shown = this.#flows.receivesVideo ? this.#answer : this.#preview;
    if (hasPicture(shown)) {
      const ratio = shown.videoWidth / shown.videoHeight;
      document.documentElement.style.setProperty('--ratio', ratio.toFixed(4));
    }
    this.#show();
  }

  #pulse() {
    clearTimeout(this.#pulseTimer);
    this.#stage.classList.add('is-called');
    this.#pulseTimer = setTimeout(() => this.#stage.classList.remove('is-called'), stopWordMs);
  }

  /** @param {number | null} retryAt */
  #countDown(retryAt) {
    clearInterval(this.#countdownTimer);
    const element = byId('overlay-countdown', HTMLElement);
    const tick = () => {
      const seconds = retryAt === null ? 0 : Math.ceil((retryAt - performance.now()) / 1000);
      setText(element, seconds > 1 ? `Next try in ${seconds} s` : '');
    };
    tick();
    if (retryAt !== null) this.#countdownTimer = setInterval(tick, 250);
  }
}
