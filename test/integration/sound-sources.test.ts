import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { audioToBytes } from '../../src/codec/audio-files.js';
import { silentLogger } from '../../src/logger.js';
import { AudioData } from '../../src/media/audio-data.js';
import type { AudioSource } from '../../src/media/contracts.js';
import { RecorderSound } from '../../src/source/recorder-sound.js';
import { createSoundFactory } from '../../src/source/sound-source.js';
import { channelOf, levelAt, tone } from '../support/tones.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

async function folder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'framegear-test-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

async function open(spec: string, options: { loop?: boolean } = {}): Promise<AudioSource> {
  const factory = createSoundFactory(spec, 'audioSource', { logger: silentLogger, ...options });
  const source = factory.create();
  onTestFinished(async () => source.stop());
  await source.start?.({ signal: new AbortController().signal });
  return source;
}

async function take(source: AudioSource, pieces: number): Promise<AudioData[]> {
  const taken: AudioData[] = [];
  while (taken.length < pieces) {
    const piece = await source.read();
    if (piece === null) break;
    taken.push(piece);
  }
  return taken;
}

/** A file with so many ms of a tone. */
async function toneFile(duration: number): Promise<string> {
  const samples = tone({ frequency: 660, sampleRate: 44_100, duration });
  const bytes = await audioToBytes(AudioData.from(samples, { sampleRate: 44_100 }), {
    format: 'mp3',
  });
  const file = path.join(await folder(), 'tone.mp3');
  await writeFile(file, bytes);
  return file;
}

describe('the sound of a file', () => {
  it('is decoded at its own rate, with times that follow each other', async () => {
    const source = await open(await toneFile(1000));
    const pieces = await take(source, Infinity);
    expect(pieces[0]).toMatchObject({ sampleRate: 44_100, numberOfChannels: 1, timestamp: 0 });
    for (let i = 1; i < pieces.length; i++) {
      const before = pieces[i - 1]!;
      expect(Math.abs(pieces[i]!.timestamp - before.timestamp - before.duration)).toBeLessThan(100);
    }
    expect(levelAt(channelOf(pieces).subarray(8000, 32_000), 660, 44_100)).toBeGreaterThan(0.4);
  });

  it('starts over at its end when it loops', async () => {
    const source = await open(await toneFile(200), { loop: true });
    const pieces = await take(source, 60);
    expect(pieces).toHaveLength(60);
    expect(pieces.at(-1)?.timestamp).toBeGreaterThan(1_000_000);
  });

  it('is missing where there is none', async () => {
    await expect(open('lavfi:color=size=64x64')).rejects.toMatchObject({ code: 'no-audio' });
    await expect(open('/nowhere/sound.mp3')).rejects.toMatchObject({ code: 'source-not-found' });
  });

  it('ends when it is stopped', async () => {
    const source = await open('lavfi:sine=frequency=440');
    expect((await take(source, 3)).length).toBe(3);
    await source.stop();
    expect(await source.read()).toBeNull();
  });
});

describe.runIf(process.platform === 'linux')('what this machine plays', () => {
  /** A `parec` that notes how it was called and plays ones. */
  async function fakeRecorder(script: string): Promise<string> {
    const bin = await folder();
    const command = path.join(bin, 'parec');
    await writeFile(command, `#!/bin/sh\n${script}\n`);
    await chmod(command, 0o755);
    vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`);
    return bin;
  }

  it('is recorded from the monitor of the loudspeaker, in pieces of 20 ms', async () => {
    const bin = await fakeRecorder(
      `echo "$@" > "$(dirname "$0")/arguments"; exec yes "$(printf 'A\\001A')" | tr '\\n' '\\001'`,
    );
    const source = await open('system');
    const pieces = await take(source, 5);
    expect(pieces).toHaveLength(5);
    expect(pieces[4]).toMatchObject({
      sampleRate: 48_000,
      numberOfChannels: 2,
      numberOfFrames: 960,
    });
    expect(pieces[4]?.toInt16()[100]).toBe(0x141);
    await source.stop();
    expect(await readFile(path.join(bin, 'arguments'), 'utf8')).toContain(
      '--raw --format=s16le --rate=48000 --channels=2 --latency-msec=20 --device=@DEFAULT_MONITOR@',
    );
  });

  it('says what the recorder says', async () => {
    await fakeRecorder('echo "Connection failure: Connection refused" >&2; exit 1');
    const source = await open('system');
    await expect(source.read()).rejects.toThrow('parec: Connection failure: Connection refused');
  });

  it('says what is missing', async () => {
    vi.stubEnv('PATH', '/nowhere');
    await expect(open('system')).rejects.toMatchObject({ code: 'no-recorder', retryable: true });
  });

  it('fails quietly where nobody waits for it any more', async () => {
    vi.stubEnv('PATH', '/nowhere');
    const failures: unknown[] = [];
    const note = (error: unknown): void => void failures.push(error);
    process.on('uncaughtException', note);
    const recorder = new RecorderSound(null);
    await expect(recorder.start({ signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
    await recorder.stop();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('uncaughtException', note);
    expect(failures).toEqual([]);
  });
});
