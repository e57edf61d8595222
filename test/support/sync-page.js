/* global document, window, performance, AudioContext, GainNode, MediaStreamTrackProcessor, setTimeout, readTimestampStrip */
/** Runs in a page that plays `testsrc`, behind the code of `timestamp-strip.ts`: measures sound against picture. */

/** A threshold at a tenth of the level is crossed so long, in ms, after a burst has begun. */
const riseMs = 1.2;

/** What to add to `performance.now()` for the time of day: `Date.now()` cuts off. */
function wallOffsetMs() {
  let offset = -Infinity;
  const until = performance.now() + 20;
  while (performance.now() < until) offset = Math.max(offset, Date.now() - performance.now());
  return offset;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Notes what every shown picture says of its time, and when it is on the screen. */
function watchPictures(video, pictures) {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 20 });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const luma = new Uint8Array(640 * 360);
  const next = () =>
    video.requestVideoFrameCallback((_now, { expectedDisplayTime, width, height }) => {
      next();
      context.drawImage(video, 0, (height * 17) / 18, width, height / 18, 0, 0, 640, 20);
      const { data } = context.getImageData(0, 0, 640, 20);
      for (let i = 0; i < 640 * 20; i++) luma[640 * 340 + i] = data[i * 4 + 1];
      const time = readTimestampStrip(luma, 640, 640, 360);
      if (time !== null) pictures.push({ time, shown: expectedDisplayTime });
    });
  next();
}

/** What the browser itself thinks: how much later sound is played than the picture of the same moment. */
async function ownEstimateMs() {
  const peers = window.testPeers ?? [];
  const playing = {};
  for (const peer of peers) {
    for (const [, stats] of await peer.getStats()) {
      if (stats.type === 'inbound-rtp' && stats.estimatedPlayoutTimestamp) {
        playing[stats.kind] = stats.estimatedPlayoutTimestamp;
      }
    }
  }
  return playing.audio && playing.video ? playing.video - playing.audio : null;
}

/**
 * Calls `found` with the moment each burst leaves the browser's decoder for the loudspeaker, by `performance.now()`. Not by way of an
 * `AudioContext`: its own buffers would come on top, which the sound of a video element does not pass.
 */
async function watchBursts(track, found) {
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  let lag = Infinity;
  let last = -Infinity;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const start = value.timestamp / 1000;
    // Time stamps are on the same clock, from another beginning; scripts may be late, but never early.
    lag = Math.min(lag, performance.now() - start);
    const samples = new Float32Array(value.numberOfFrames);
    value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
    for (let i = 0; i < samples.length; i++) {
      if (Math.abs(samples[i]) < 0.05) continue;
      const at = start + lag + (i * 1000) / value.sampleRate;
      if (at - last > 300) found(at);
      last = at;
    }
    value.close();
  }
}

/** How long the loudspeaker takes, in ms. */
async function outputLatencyMs() {
  const audio = new AudioContext({ latencyHint: 'interactive' });
  await audio.resume();
  audio
    .createOscillator()
    .connect(new GainNode(audio, { gain: 0 }))
    .connect(audio.destination);
  const until = performance.now() + 2000;
  while (!audio.outputLatency && performance.now() < until) await delay(100);
  await delay(500);
  const latency = audio.outputLatency * 1000;
  await audio.close();
  return latency;
}

function delay(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * @param {number} bursts How many to wait for.
 * @returns For each burst how much later it is heard than the picture of its moment is seen, and how long after their
 *   capture both come, in ms.
 */
export async function measureSync(bursts) {
  const video = document.querySelector('video');
  const speakerMs = await outputLatencyMs();
  const pictures = [];
  watchPictures(video, pictures);
  const wall = wallOffsetMs();
  const found = [];
  const [track] = video.srcObject.getAudioTracks();
  await new Promise((resolve) => {
    setTimeout(resolve, bursts * 1000 + 5000);
    void watchBursts(track.clone(), async (at) => {
      const heard = at + speakerMs - riseMs;
      // So that there are pictures on both sides.
      await delay(300);
      const near = pictures.filter(({ shown }) => Math.abs(shown - heard) < 300);
      const second = Math.floor((heard + wall) / 1000) * 1000;
      const audioMs = heard + wall - second;
      const videoMs = median(near.map(({ time, shown }) => shown + wall - time));
      found.push({ offsetMs: audioMs - videoMs, audioMs, videoMs });
      if (found.length >= bursts) resolve();
    });
  });
  return { bursts: found, estimateMs: await ownEstimateMs(), speakerMs };
}
