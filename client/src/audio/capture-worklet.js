// Runs in the audio thread. All in one file: bundlers copy worklets as they are.

const pieceMs = 20;

/** Cuts sound into pieces of 16-bit samples. */
export class PieceCutter {
  #samples;
  #piece;
  #length = 0;

  /** @param {number} samples Length of a piece. */
  constructor(samples) {
    this.#samples = samples;
    this.#piece = new Int16Array(samples);
  }

  /**
   * @param {Float32Array} block -1 to 1; louder sound is clipped.
   * @param {(piece: Int16Array) => void} emit Keeps what it is given.
   */
  push(block, emit) {
    for (const sample of block) {
      this.#piece[this.#length++] = Math.round(Math.max(-1, Math.min(1, sample)) * 32_767);
      if (this.#length < this.#samples) continue;
      // given away with its memory: it has no length afterwards
      emit(this.#piece);
      this.#piece = new Int16Array(this.#samples);
      this.#length = 0;
    }
  }
}

// outside of a worklet, as in tests, there is nothing to extend
if (typeof registerProcessor === 'function') {
  registerProcessor(
    'framegear-capture',
    class extends AudioWorkletProcessor {
      #cutter = new PieceCutter(Math.round((sampleRate * pieceMs) / 1000));

      /** @param {Float32Array[][]} inputs */
      process([input]) {
        const [channel] = input ?? [];
        if (channel) {
          this.#cutter.push(channel, (piece) => this.port.postMessage(piece, [piece.buffer]));
        }
        return true;
      }
    },
  );
}
