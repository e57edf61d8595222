/** Made-up sound stays as loud as it is for so long. */
const heldMs = 100;

/** Then it fades to silence within this. */
const fadeMs = 100;

/** Turns made-up sound down the longer it lasts, so that a long loss is silence and not a drone. */
export class LossFade {
  readonly #held: number;
  readonly #fade: number;
  #frames = 0;

  /** @param sampleRate - Of the sound. */
  constructor(sampleRate: number) {
    this.#held = (heldMs * sampleRate) / 1000;
    this.#fade = (fadeMs * sampleRate) / 1000;
  }

  /** True when what follows is silence. */
  get silent(): boolean {
    return this.#frames >= this.#held + this.#fade;
  }

  /** Turns the next interleaved samples down, in place. */
  apply(samples: Int16Array, numberOfChannels: number): void {
    const end = this.#held + this.#fade;
    for (let i = 0; i < samples.length; i++) {
      const frame = this.#frames + Math.floor(i / numberOfChannels);
      if (frame < this.#held) continue;
      const gain = Math.max(0, (end - frame) / this.#fade);
      samples[i] = Math.trunc((samples[i] as number) * gain);
    }
    this.#frames += samples.length / numberOfChannels;
  }

  /** Real sound has come. */
  reset(): void {
    this.#frames = 0;
  }
}
