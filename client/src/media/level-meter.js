const quietestDecibels = -60;

/**
 * How loud a block of samples is: 0 at -60 dB and below, 1 at full scale, even steps by ear between.
 *
 * @public for tests
 * @param {Float32Array} samples -1 to 1.
 */
export function levelOf(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  // a sine at full scale has 0.707
  const decibels = 20 * Math.log10(Math.max(rms * Math.SQRT2, 1e-9));
  return Math.min(1, Math.max(0, 1 - decibels / quietestDecibels));
}

/** Listens to the sound of a stream without changing it. Whoever makes it closes it. */
export class LevelMeter {
  #source;
  #analyser;
  #samples;
  #spectrum;
  /** @type {HTMLAudioElement | null} */
  #pump = null;

  /**
   * @param {AudioContext} context
   * @param {MediaStreamTrack} track
   * @param {boolean} isRemote
   */
  constructor(context, track, isRemote) {
    const stream = new MediaStream([track]);
    if (isRemote) {
      // Chromium decodes a peer's sound only when an element plays it (crbug.com/933677)
      this.#pump = new Audio();
      this.#pump.muted = true;
      this.#pump.srcObject = stream;
      this.#pump.play().catch(() => undefined);
    }
    this.#source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    this.#analyser = new AnalyserNode(context, { fftSize: 1024, smoothingTimeConstant: 0.6 });
    this.#source.connect(this.#analyser);
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#spectrum = new Uint8Array(this.#analyser.frequencyBinCount);
  }

  /** 0 is silence, 1 as loud as can be. */
  get level() {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return levelOf(this.#samples);
  }

  /**
   * How loud each of `count` bands is, 0 to 1, low tones first: for pictures of waves.
   *
   * @param {number} count
   * @returns {number[]}
   */
  bands(count) {
    this.#analyser.getByteFrequencyData(this.#spectrum);
    // the voice is below 6 kHz; wider bands towards the top, as the ear has them
    const top = (this.#spectrum.length * 12_000) / this.#analyser.context.sampleRate;
    const bands = [];
    for (let band = 0; band < count; band++) {
      const from = Math.floor(top * (band / count) ** 1.6) + 1;
      const to = Math.max(from + 1, Math.floor(top * ((band + 1) / count) ** 1.6) + 1);
      let peak = 0;
      for (let bin = from; bin < to; bin++) peak = Math.max(peak, this.#spectrum[bin] ?? 0);
      bands.push(peak / 255);
    }
    return bands;
  }

  close() {
    this.#source.disconnect();
    this.#analyser.disconnect();
    if (this.#pump) this.#pump.srcObject = null;
  }
}
