/** What the delays of the packets say: the queue in the network grows, stays, or drains. */
export type DelayTrend = 'rising' | 'level' | 'falling';

/** Groups that the line is laid through. */
const windowSize = 20;
/** How much of the smoothed delay is kept. */
const smoothing = 0.9;
/** Makes the slope comparable with the threshold, as groups become more. */
const gain = 4;
const maxWeight = 60;
/** The threshold's start, bounds in ms, and its steps per ms upwards and downwards. */
const startThreshold = 12.5;
const minThreshold = 6;
const maxThreshold = 600;
const stepUp = 0.0087;
const stepDown = 0.039;
/** Values further from the threshold than that are outliers, e.g. a change of route. */
const maxDistance = 15;
const maxStepMs = 100;
/** So long the delay must have risen. */
const risingMs = 10;

/**
 * Whether the delay grows: a line through the delays of the last groups of packets, its slope against a threshold that
 * adapts to how much the delays vary anyway (draft-ietf-rmcat-gcc-02, 5.3 and 5.4; the line instead of its Kalman filter).
 */
export class DelayTrendDetector {
  readonly #times: Float64Array = new Float64Array(windowSize);
  readonly #delays: Float64Array = new Float64Array(windowSize);
  #count = 0;
  #startedAt = 0;
  #delay = 0;
  #smoothed = 0;
  #slope = 0;
  #threshold = startThreshold;
  #adaptedAt: number = Number.NaN;
  #risingForMs = 0;
  #risingGroups = 0;
  #trend: DelayTrend = 'level';

  /** Of the groups so far. */
  get trend(): DelayTrend {
    return this.#trend;
  }

  /**
   * Takes the next group.
   *
   * @param arrivedAt - In ms.
   * @param growthMs - How much longer it was under way than the one before.
   */
  add(arrivedAt: number, growthMs: number): void {
    if (this.#count === 0) this.#startedAt = arrivedAt;
    this.#delay += growthMs;
    this.#smoothed = smoothing * this.#smoothed + (1 - smoothing) * this.#delay;
    const place = this.#count % windowSize;
    const elapsed = arrivedAt - (this.#count === 0 ? arrivedAt : this.#lastTime());
    this.#times[place] = arrivedAt - this.#startedAt;
    this.#delays[place] = this.#smoothed;
    this.#count += 1;
    const before = this.#slope;
    this.#slope = this.#fit();
    this.#judge(arrivedAt, elapsed, before);
  }

  /** Begins anew; the threshold stays. */
  reset(): void {
    this.#count = 0;
    this.#delay = 0;
    this.#smoothed = 0;
    this.#slope = 0;
    this.#risingForMs = 0;
    this.#risingGroups = 0;
    this.#adaptedAt = Number.NaN;
    this.#trend = 'level';
  }

  #lastTime(): number {
    return (this.#times[(this.#count - 1) % windowSize] as number) + this.#startedAt;
  }

  /** Slope of the line of least squares, in ms per ms. */
  #fit(): number {
    const size = Math.min(this.#count, windowSize);
    if (size < 2) return 0;
    let meanTime = 0;
    let meanDelay = 0;
    for (let i = 0; i < size; i++) {
      meanTime += this.#times[i] as number;
      meanDelay += this.#delays[i] as number;
    }
    meanTime /= size;
    meanDelay /= size;
    let above = 0;
    let below = 0;
    for (let i = 0; i < size; i++) {
      const time = (this.#times[i] as number) - meanTime;
      above += time * ((this.#delays[i] as number) - meanDelay);
      below += time * time;
    }
    return below === 0 ? 0 : above / below;
  }

  #judge(arrivedAt: number, elapsed: number, slopeBefore: number): void {
    const value = this.#slope * Math.min(this.#count, maxWeight) * gain;
    if (value > this.#threshold) {
      this.#risingForMs += elapsed;
      this.#risingGroups += 1;
      const sure = this.#risingForMs > risingMs && this.#risingGroups > 1;
      if (sure && this.#slope >= slopeBefore) this.#trend = 'rising';
    } else {
      this.#risingForMs = 0;
      this.#risingGroups = 0;
      this.#trend = value < -this.#threshold ? 'falling' : 'level';
    }
    this.#adapt(arrivedAt, Math.abs(value));
  }

  #adapt(arrivedAt: number, size: number): void {
    const elapsed = Number.isNaN(this.#adaptedAt) ? 0 : arrivedAt - this.#adaptedAt;
    this.#adaptedAt = arrivedAt;
    if (size > this.#threshold + maxDistance) return;
    const step = size < this.#threshold ? stepDown : stepUp;
    const next =
      this.#threshold + step * (size - this.#threshold) * Math.min(Math.max(elapsed, 0), maxStepMs);
    this.#threshold = Math.min(maxThreshold, Math.max(minThreshold, next));
  }
}
