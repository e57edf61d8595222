import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AudioData, createServer } from '../../src/index.js';
import type { AudioTransform, PipelineStats, Server } from '../../src/index.js';
import { makeClip } from '../fixtures/make.js';
import { heardBy } from '../support/heard-sound.js';
import { levelAt } from '../support/tones.js';
import { recordingLogger } from '../support/transform-frames.js';
import { postOffer, WeriftViewer } from '../support/werift-viewer.js';

const wait = { timeout: 15_000, interval: 50 };

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'framegear-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Of H.264 that goes out as it is, with a tone of 440 Hz. */
async function serve(
  transform: AudioTransform | string,
  logger: ReturnType<typeof recordingLogger>,
): Promise<Server> {
  const source = await makeClip({ profile: 'baseline', gop: 15, seconds: 2, audio: true });
  const server = await createServer({
    customDataLocation: folder,
    source,
    loop: true,
    transforms: [transform],
    logger,
  });
  await server.listen({ port: 0 });
  return server;
}

function watch(server: Server): Promise<WeriftViewer> {
  return WeriftViewer.connect(postOffer(`${server.url}offer`), { audio: true, codecs: ['h264'] });
}

function statsOf(server: Server): PipelineStats {
  return [...server.streams.values()][0]!.stats();
}

function watched(server: Server): string[] {
  return statsOf(server).renditions.flatMap(({ id, viewers }) => (viewers > 0 ? [id] : []));
}

/** Puts a tone of 1000 Hz in place of what it is given. */
const whistle: AudioTransform = {
  transformAudio({ timestamp, sampleRate, numberOfFrames }) {
    const samples = Float32Array.from({ length: numberOfFrames }, (_, i) => {
      return 0.4 * Math.sin(2 * Math.PI * 1000 * (timestamp / 1_000_000 + i / sampleRate));
    });
    return AudioData.from(samples, { sampleRate });
  },
};

describe('a transform of sound alone', () => {
  it('edits the sound of H.264 that goes out untouched', async () => {
    const logger = recordingLogger();
    await using server = await serve(whistle, logger);
    await using viewer = await watch(server);
    await viewer.waitForFrames(40);
    await vi.waitFor(() => expect(viewer.sounds.length).toBeGreaterThan(40), wait);
    const sound = heardBy(viewer).subarray(9600, 28_800);
    expect(levelAt(sound, 1000, 48_000)).toBeGreaterThan(0.2);
    expect(levelAt(sound, 440, 48_000)).toBeLessThan(0.02);
    // The encoder that has bridged the time to the first key frame of the file has gone.
    const held = (): string[] => statsOf(server).renditions.map(({ id }) => id);
    await vi.waitFor(() => expect(held()).toEqual(['h264/source']), wait);
    const decoded = statsOf(server).transforms.frames;
    await viewer.waitForFrames(viewer.frames + 30);
    const { transforms } = statsOf(server);
    expect(transforms).toMatchObject({ frames: decoded, errors: 0 });
    expect(transforms.transforms[0]?.frames).toBe(0);
    expect(transforms.transforms[0]?.audio?.pieces).toBeGreaterThan(10);
    expect(logger.lines.filter((line) => /untouched|encoded/.test(line))).toEqual([
      'info: H264 (42c014) of 320x180 goes out untouched to viewers that take it; transforms edit the sound alone',
    ]);
  });

  it('gives way to one of pictures when its module is saved, and comes back', async () => {
    const file = path.join(folder, 'edit.mjs');
    const sound = 'transformAudio: (audio) => audio';
    await writeFile(file, `export default { ${sound} };`);
    const logger = recordingLogger();
    await using server = await serve(file, logger);
    await using viewer = await watch(server);
    await viewer.waitForFrames(20);
    expect(watched(server)).toEqual(['h264/source']);
    await writeFile(file, `export default { ${sound}, transform: (frame) => frame };`);
    await vi.waitFor(() => expect(watched(server)).toEqual(['h264/full']), wait);
    const { frames } = viewer;
    await viewer.waitForFrames(frames + 10);
    expect(statsOf(server).transforms.transforms[0]?.frames).toBeGreaterThan(0);
    await writeFile(file, `export default { ${sound} };`);
    await vi.waitFor(() => expect(watched(server)).toEqual(['h264/source']), wait);
    await viewer.waitForFrames(viewer.frames + 10);
    expect(viewer.brokenFrames).toBe(0);
    const said = logger.lines.filter((line) => /untouched|encoded/.test(line));
    expect(said.map((line) => /untouched/.test(line))).toEqual([true, false, true]);
  });
});
