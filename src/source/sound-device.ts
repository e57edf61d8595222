import { Device } from 'node-av/lib';
import { SourceError } from '../errors.js';
import type { AudioSource } from '../media/contracts.js';
import { textOptions } from './input-plan.js';
import type { InputPlan } from './input-plan.js';
import { LibavSound } from './libav-sound.js';
import { RecorderSound } from './recorder-sound.js';
import type { SoundSourceOptions } from './sound-source.js';

/** What is recorded: a microphone, or what this machine plays. */
export type SoundDevice = 'microphone' | 'system';

/** PulseAudio's and PipeWire's name for what the default loudspeaker plays. */
const defaultMonitor = '@DEFAULT_MONITOR@';

/**
 * A microphone, or what this machine plays.
 *
 * @param device - The system's own name of it; `null`: its default.
 */
export function deviceSound(
  kind: SoundDevice,
  device: string | null,
  options: SoundSourceOptions,
  platform: NodeJS.Platform = process.platform,
): AudioSource {
  if (platform === 'darwin' || platform === 'win32') {
    return new LibavSound(() => capturePlan(kind, device, platform), options);
  }
  const recorder = new RecorderSound(kind === 'system' ? (device ?? defaultMonitor) : device);
  if (kind === 'system') return recorder;
  const alsa = { url: device ?? 'default', format: 'alsa', options: textOptions({ channels: 2 }) };
  const alternatives = [textOptions({ channels: 1 })];
  const plan = { ...alsa, alternatives, label: kind, kind: 'device', live: true } as const;
  return new FirstThatStarts([recorder, new LibavSound(() => plan, options)]);
}

/** How FFmpeg records on systems whose sound it knows. */
export async function capturePlan(
  kind: SoundDevice,
  device: string | null,
  platform: 'darwin' | 'win32',
  list: () => Promise<readonly string[]> = microphoneNames,
): Promise<InputPlan> {
  if (kind === 'system' && device === null) throw noLoopback(platform);
  const base = { label: kind, kind: 'device', live: true, options: {} } as const;
  if (platform === 'darwin') {
    return { ...base, url: `:${device ?? 'default'}`, format: 'avfoundation' };
  }
  const name = device ?? (await list())[0];
  if (name === undefined) {
    throw new SourceError('there is no microphone', { code: 'source-not-found', retryable: true });
  }
  // The default of half a second would be heard.
  return { ...base, url: `audio=${name}`, format: 'dshow', options: { audio_buffer_size: '20' } };
}

async function microphoneNames(): Promise<string[]> {
  const found = await Device.list().catch(() => []);
  return found.filter(({ type }) => type === 'audio').map(({ name }) => name);
}

function noLoopback(platform: 'darwin' | 'win32'): SourceError {
  const device = platform === 'darwin' ? 'system:BlackHole 2ch' : 'system:Stereo Mix';
  return new SourceError(
    `this system has no sound of its own to record: name a device that has, such as '${device}'`,
    { code: 'source-not-found' },
  );
}

/** The first of several ways that can be started; the error of the last when none can. */
class FirstThatStarts implements AudioSource {
  readonly #sources: readonly AudioSource[];
  #chosen: AudioSource | null = null;

  constructor(sources: readonly AudioSource[]) {
    this.#sources = sources;
  }

  async start(options: { signal: AbortSignal }): Promise<void> {
    let failure: unknown;
    for (const source of this.#sources) {
      try {
        await source.start?.(options);
        this.#chosen = source;
        return;
      } catch (error) {
        options.signal.throwIfAborted();
        failure = error;
      }
    }
    throw failure;
  }

  read(): ReturnType<AudioSource['read']> {
    return this.#chosen?.read() ?? null;
  }

  async stop(): Promise<void> {
    for (const source of this.#sources) await source.stop();
  }
}
