// Runs in the audio thread. All in one file: bundlers copy worklets as they are.

/** How much is kept before it begins, against pieces that come late. */
const cushionMs = 60;
/** What a server may run ahead; more is a fault, and the oldest goes. */
const longestMs = 60_000;

/** Sound on its way to the speaker. Plays in order, waits for a cushion at the begin and after it ran dry. */
export class PlaybackQueue {
  /** @type {Float32Array[]} */
  #pieces = [];
  #offset = 0;
  #length = 0;
  #playing = false;
  #waited = 0;
  #cushion;
  #longest;
  /** The last sample played, from which silence is faded in. */
  #last = 0;

  /** @param {number} rate Hz. */
  constructor(rate) {
    this.#cushion = (rate * cushionMs) / 1000;
    this.#longest = (rate * longestMs) / 1000;
  }

  /** Samples that wait. */
  get length() {
    return this.#length;
  }

  /** @param {Int16Array} piece */
  push(piece) {
    const samples = Float32Array.from(piece, (sample) => sample / 32_768);
    this.#pieces.push(samples);
    this.#length += samples.length;
    while (this.#length > this.#longest && this.#pieces.length > 1) this.#dropFirst();
  }

  clear() {
    this.#pieces.length = 0;
    this.#offset = 0;
    this.#length = 0;
    this.#playing = false;
    this.#waited = 0;
  }

  /**
   * Fills `output` with what comes next, then with silence.
   *
   * @param {Float32Array} output
   */
  pull(output) {
    if (!this.#playing && this.#length > 0) {
      // the last pieces of an answer may be less than a cushion: they are not held for ever
      this.#waited += output.length;
      this.#playing = this.#length >= this.#cushion || this.#waited >= this.#cushion;
    }
    let filled = 0;
    while (this.#playing && filled < output.length) {
      const [piece] = this.#pieces;
      if (!piece) break;
      const part = piece.subarray(this.#offset, this.#offset + output.length - filled);
      output.set(part, filled);
      filled += part.length;
      this.#offset += part.length;
      this.#length -= part.length;
      if (this.#offset === piece.length) {
        this.#pieces.shift();
        this.#offset = 0;
      }
    }
    if (filled > 0) this.#last = output[filled - 1] ?? 0;
    if (filled < output.length) this.#fadeOut(output, filled);
  }

  #dropFirst() {
    const piece = this.#pieces.shift();
    this.#length -= (piece?.length ?? 0) - this.#offset;
    this.#offset = 0;
  }

  /**
   * Silence, without a click at its begin.
   *
   * @param {Float32Array} output
   * @param {number} from
   */
  #fadeOut(output, from) {
    this.#playing = false;
    this.#waited = this.#length > 0 ? this.#waited : 0;
    for (let index = from; index < output.length; index++) {
      this.#last *= 0.97;
      output[index] = this.#last;
    }
    if (Math.abs(this.#last) < 1e-4) this.#last = 0;
  }
}

// outside of a worklet, as in tests, there is nothing to extend
if (typeof registerProcessor === 'function') {
  registerProcessor(
    'framegear-playback',
    class extends AudioWorkletProcessor {
      #queue = new PlaybackQueue(sampleRate);

      constructor() {
        super();
        /** @param {MessageEvent<Int16Array | null>} event `null` empties the queue. */
        this.port.onmessage = ({ data }) => {
          if (data) this.#queue.push(data);
          else this.#queue.clear();
        };
      }

      /**
       * @param {Float32Array[][]} _inputs
       * @param {Float32Array[][]} outputs
       */
      process(_inputs, [output]) {
        const [first, ...others] = output ?? [];
        if (first) {
          this.#queue.pull(first);
          for (const channel of others) channel.set(first);
        }
        return true;
      }
    },
  );
}
