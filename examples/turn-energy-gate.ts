// A voice activity detector of your own, in place of the model: sound well above the noise of the room is speech.
// The page says back what you said, once you pause.
//
//   npx tsx examples/turn-energy-gate.ts
import { ReplyOnPause, Stream } from 'framegear';
import type { VoiceActivityDetector, VoiceActivitySession } from 'framegear';

/** Costs nothing, but takes any loud noise for speech. */
class EnergyGate implements VoiceActivityDetector {
  readonly sampleRate = 16_000;
  /** 20 ms. */
  readonly windowSize = 320;
  readonly #aboveNoiseDb: number;

  constructor(aboveNoiseDb = 12) {
    this.#aboveNoiseDb = aboveNoiseDb;
  }

  createSession(): VoiceActivitySession {
    // What a connection's room sounds like.
    let noiseDb = -60;
    return {
      process: (window) => {
        const power = window.reduce((sum, sample) => sum + sample * sample, 0) / window.length;
        const levelDb = 10 * Math.log10(power + 1e-9);
        // It follows the quiet at once, and the loud at 3 dB a second.
        noiseDb = Math.max(-70, Math.min(levelDb, noiseDb + 0.06));
        return levelDb - noiseDb > this.#aboveNoiseDb ? 1 : 0;
      },
      reset: () => {
        noiseDb = -60;
      },
    };
  }
}

const stream = new Stream({
  modality: 'audio',
  handler: new ReplyOnPause((audio) => audio, {
    model: new EnergyGate(),
    algoOptions: { pauseMs: 700 },
  }),
});
const { url } = await stream.listen({ port: Number(process.env['PORT'] ?? 8000) });
console.log(`open ${url}`);
process.once('SIGINT', () => void stream.close());
