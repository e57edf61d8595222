import type { Rational, Stream } from 'node-av/lib';
import type { InputPlan } from './input-plan.js';
import type { MediaInput } from './media-input.js';
import type { SourceInfo } from './media-source.js';

/** Highest frame rate that is believed; containers without one state their clock's instead. */
const maxFramerate = 480;

/** Who keeps an input's time. */
export interface InputTiming extends Pick<SourceInfo, 'live' | 'pacing' | 'framerate'> {
  /** Pictures have no times but that of their arrival. */
  byArrival: boolean;
}

/** Live, and who keeps time, as far as the plan or the opened input tells. */
export function timingOf(plan: InputPlan, input: MediaInput): InputTiming {
  const base = { byArrival: false, framerate: statedFramerate(input.stream) };
  if (plan.live === false) return { ...base, live: false, pacing: 'timestamp' };
  // Raw streams (JPEG after JPEG from a web camera, bare H.264) carry no times, and what
  // such an input says of its rate is FFmpeg's own default.
  if (input.timeless && (plan.live === true || input.formatName === 'mpjpeg')) {
    return { live: true, pacing: 'arrival', byArrival: true, framerate: null };
  }
  if (plan.live === true) return { ...base, live: true, pacing: 'arrival' };
  if (input.duration !== null) return { ...base, live: false, pacing: 'timestamp' };
  // Live HLS comes in pieces of several seconds: shown as they arrive they would be a slide show.
  if (input.inPieces) return { ...base, live: true, pacing: 'timestamp' };
  return { ...base, live: true, pacing: 'auto' };
}

function statedFramerate({ avgFrameRate, rFrameRate }: Stream): number | null {
  for (const rate of [ratio(avgFrameRate), ratio(rFrameRate)]) {
    if (rate > 0 && rate <= maxFramerate) return rate;
  }
  return null;
}

function ratio({ num, den }: Rational): number {
  return den !== 0 ? num / den : 0;
}
