import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { SourceError } from '../errors.js';
import { AudioData } from '../media/audio-data.js';
import type { AudioSource } from '../media/contracts.js';

/** What it is asked to give. */
const sampleRate = 48_000;
const channels = 2;
/** 20 ms of 16-bit samples. */
const pieceBytes = (sampleRate / 50) * channels * 2;

/**
 * Sound that PulseAudio, or PipeWire in its place, records: by their own command `parec`, since FFmpeg's binaries here know
 * ALSA only, which has no way to what a machine plays.
 */
export class RecorderSound implements AudioSource {
  readonly #device: string | null;
  #child: ChildProcessByStdio<null, Readable, Readable> | null = null;
  #chunks: AsyncIterator<Buffer> | null = null;
  #rest: Buffer = Buffer.alloc(0);
  #said = '';
  /** Resolves when it has said all it had to say. */
  #closed: Promise<unknown> = Promise.resolve();

  /** @param device - The server's name of it; `null`: the default microphone. */
  constructor(device: string | null) {
    this.#device = device;
  }

  /** @throws {SourceError} `no-recorder` when there is no `parec`. */
  async start({ signal }: { signal: AbortSignal }): Promise<void> {
    const child = spawn('parec', this.#arguments(), { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    // Told by what is awaited below; what goes wrong later shows as the end of its output.
    child.on('error', () => undefined);
    this.#closed = new Promise((resolve) => child.once('close', resolve));
    child.stderr.on('data', (text: Buffer) => {
      this.#said = `${this.#said}${text.toString()}`.slice(-500);
    });
    try {
      await once(child, 'spawn', { signal });
    } catch (cause) {
      signal.throwIfAborted();
      throw new SourceError('parec is not there: install pulseaudio-utils', {
        code: 'no-recorder',
        retryable: true,
        cause,
      });
    }
    this.#chunks = child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async read(): Promise<AudioData | null> {
    while (this.#rest.length < pieceBytes) {
      const next = await this.#chunks?.next();
      if (next === undefined || next.done === true) {
        await this.#closed;
        if (this.#said === '' || this.#child === null) return null;
        throw new SourceError(`parec: ${this.#said.trim().split('\n').at(-1) ?? ''}`, {
          code: 'source-failed',
          retryable: true,
        });
      }
      this.#rest = Buffer.concat([this.#rest, next.value]);
    }
    // A whole number of pieces would add delay; a copy, since samples must be aligned.
    const bytes = Uint8Array.from(this.#rest.subarray(0, pieceBytes));
    this.#rest = this.#rest.subarray(pieceBytes);
    return AudioData.from(new Int16Array(bytes.buffer), { sampleRate, numberOfChannels: channels });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.pid === undefined) return;
    child.stdout.destroy();
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  #arguments(): string[] {
    return [
      '--raw',
      '--format=s16le',
      `--rate=${sampleRate}`,
      `--channels=${channels}`,
      '--latency-msec=20',
      ...(this.#device === null ? [] : [`--device=${this.#device}`]),
    ];
  }
}
