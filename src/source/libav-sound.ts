import { Packet } from 'node-av/lib';
import { SoundDecoder } from '../codec/sound-decoder.js';
import type { DecodedSound } from '../codec/sound-decoder.js';
import { AudioData } from '../media/audio-data.js';
import type { AudioSource } from '../media/contracts.js';
import type { InputPlan } from './input-plan.js';
import { MediaInput } from './media-input.js';
import type { SoundSourceOptions } from './sound-source.js';
import { SourceStop } from './source-stop.js';

/** The sound of a file, an address or a device, through FFmpeg; pictures in it are not even read. */
export class LibavSound implements AudioSource {
  readonly #plan: () => InputPlan | Promise<InputPlan>;
  readonly #options: SoundSourceOptions;
  readonly #stop: SourceStop = new SourceStop();
  readonly #packet: Packet = new Packet();
  readonly #ready: DecodedSound[] = [];
  #input: MediaInput | null = null;
  #decoder: SoundDecoder | null = null;
  #isFile = false;
  /** Where the sound given so far ends, µs. */
  #endUs = 0;
  /** What is added to the input's own times. */
  #offsetUs: number | null = null;
  #heard = false;

  /** @param plan - Called at each opening. */
  constructor(plan: () => InputPlan | Promise<InputPlan>, options: SoundSourceOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#packet.alloc();
  }

  /** Opens the input. @throws {SourceError} `no-audio` when there is no sound in it. */
  async start({ signal }: { signal: AbortSignal }): Promise<void> {
    await this.#stop.starting(
      signal,
      () => this.#input?.interrupt(),
      () => this.#open(),
    );
  }

  async read(): Promise<AudioData | null> {
    return this.#stop.reading(async () => {
      for (;;) {
        const piece = this.#ready.shift();
        if (piece !== undefined) return this.#place(piece);
        if (this.#stop.stopped || !(await this.#more())) return null;
      }
    });
  }

  async stop(): Promise<void> {
    await this.#stop.stop(
      () => this.#input?.interrupt(),
      async () => {
        await this.#close();
        this.#packet.free();
      },
    );
  }

  async #open(): Promise<void> {
    const plan = await this.#plan();
    const { openTimeoutMs = 10_000, readTimeoutMs = 10_000 } = this.#options;
    this.#isFile = plan.kind === 'file';
    const timeouts = this.#isFile
      ? { open: Infinity, read: Infinity }
      : { open: openTimeoutMs, read: readTimeoutMs };
    const input = new MediaInput(plan, timeouts, 'sound');
    this.#input = input;
    if (this.#stop.stopped) input.interrupt();
    await input.open();
    const { codecpar, timeBase } = input.stream;
    this.#decoder = SoundDecoder.open({ codecpar, timeBase });
    this.#heard = false;
    this.#offsetUs = null;
  }

  /** Decodes one packet more; false at the end. */
  async #more(): Promise<boolean> {
    const decoder = this.#decoder;
    if (this.#input === null || decoder === null) return false;
    const kind = await this.#input.read(this.#packet);
    if (this.#stop.stopped) return false;
    if (kind !== null) {
      this.#keep(decoder.decode(this.#packet));
      return true;
    }
    this.#keep(decoder.decode(null));
    if (this.#ready.length > 0) return true;
    return this.#startOver();
  }

  async #startOver(): Promise<boolean> {
    // One without any sound this time has none the next time either.
    if (this.#options.loop !== true || !this.#isFile || !this.#heard) return false;
    await this.#close();
    if (this.#stop.stopped) return false;
    await this.#open();
    return true;
  }

  #keep(pieces: readonly DecodedSound[]): void {
    if (pieces.length > 0) this.#heard = true;
    this.#ready.push(...pieces);
  }

  #place({ time, samples, sampleRate, numberOfChannels }: DecodedSound): AudioData {
    const { num, den } = this.#input?.stream.timeBase ?? { num: 0, den: 1 };
    const own = time === null ? null : (time * 1_000_000 * num) / den;
    this.#offsetUs ??= own === null ? null : this.#endUs - own;
    const stated = own === null || this.#offsetUs === null ? this.#endUs : own + this.#offsetUs;
    const timestamp = Math.round(Math.max(stated, this.#endUs));
    this.#endUs = timestamp + (samples.length / numberOfChannels / sampleRate) * 1_000_000;
    return new AudioData({ format: 's16', sampleRate, numberOfChannels, timestamp, data: samples });
  }

  async #close(): Promise<void> {
    const input = this.#input;
    this.#input = null;
    this.#decoder?.close();
    this.#decoder = null;
    this.#ready.length = 0;
    await input?.close();
  }
}
