import { Packet } from 'node-av/lib';
import type { Rational } from 'node-av/lib';
import { AV_NOPTS_VALUE, AV_PKT_DATA_NEW_EXTRADATA } from 'node-av/constants';
import { wrapNativeFrame } from '../codec/native-frame.js';
import { reordered, timeless } from '../codec/untouched.js';
import type { UntouchedStream } from '../codec/untouched.js';
import { EncodedVideoChunk } from '../media/encoded-video-chunk.js';
import type { VideoFrame } from '../media/video-frame.js';
import type { FrameClock } from './frame-clock.js';
import type { MediaInput } from './media-input.js';
import type { SourceItem, SourceWants } from './media-source.js';
import type { PictureDecoding } from './picture-decoding.js';
import type { RunClock } from './run-clock.js';
import type { RunSound } from './run-sound.js';
import { needsTurning } from './upright.js';
import type { Upright } from './upright.js';

/** So far, µs, one kind is read ahead of another that is interleaved later. */
const maxAhead = 1_000_000;
const maxAheadBytes = 16 * 1024 * 1024;
/** Packets without a time that a live input may begin with: some seconds. */
const maxTimeless = 300;

/** What an {@link InputRun} works with; the input and the decoding are closed with it. */
export interface RunParts {
  input: MediaInput;
  clock: RunClock;
  decoding: PictureDecoding;
  sound: RunSound;
  /** Shared by all runs of a source. */
  frameClock: FrameClock;
  upright: Upright;
  /** Turns packets into pictures that can be sent; `null` when they cannot be. */
  untouched: UntouchedStream | null;
  /**
   * Looks for it in the packets, where it cannot be told at the beginning: `null` for one that does not tell, a text
   * when they cannot be sent.
   */
  awaited: ((packet: Packet) => UntouchedStream | string | null) | null;
  /** It was found. */
  onFound: (untouched: UntouchedStream) => void;
  /** What is wanted now. */
  wants: () => SourceWants;
  /** The packets cannot be sent as they are after all. */
  onObstacle: (why: string) => void;
}

/** One start of an input, from its beginning to its end: packets in, what is wanted of them out, in the order of time. */
export class InputRun {
  readonly #parts: RunParts;
  readonly #timeBase: Rational;
  readonly #pixelAspect: number;
  readonly #packets: { packet: Packet; time: number | null }[] = [];
  readonly #spare: Packet[] = [];
  readonly #frames: VideoFrame[] = [];
  readonly #chunks: EncodedVideoChunk[] = [];
  #packetBytes = 0;
  #lastShown = -Infinity;
  #keySeen = false;
  #timeless = 0;
  #ended = false;
  #flushed = false;
  #ahead = false;
  #begun = false;

  constructor(parts: RunParts) {
    this.#parts = parts;
    const { timeBase, sampleAspectRatio: aspect } = parts.input.stream;
    this.#timeBase = timeBase;
    this.#pixelAspect = aspect.den === 0 ? 0 : aspect.num / aspect.den;
  }

  /** True once a picture was given. */
  get begun(): boolean {
    return this.#begun;
  }

  /**
   * From now on everything comes in the order of its times, for which is read ahead: for inputs that do not keep time
   * themselves. Else things come as they are read.
   */
  readAhead(): void {
    this.#ahead = true;
  }

  /**
   * Reads so many packets of the pictures before any is looked at.
   *
   * @returns Them, fewer at the end of the input.
   */
  async peek(count: number): Promise<readonly Packet[]> {
    while (this.#packets.length < count && !this.#ended) await this.#read();
    return this.#packets.map(({ packet }) => packet);
  }

  /** Passes no packets on any more. */
  refuse(why: string): void {
    this.#parts.untouched = null;
    this.#chunks.length = 0;
    this.#parts.onObstacle(why);
  }

  /** The next thing that is wanted; `null` at the end. */
  async next(): Promise<SourceItem | null> {
    for (;;) {
      const item = this.#pick();
      if (item !== undefined) return item;
      if (this.#packets.length > 0 && this.#lacksPictures) await this.#process();
      else if (!this.#ended) await this.#read();
      else if (!this.#flushed) await this.#flush();
      else return null;
    }
  }

  /** Lets go of everything, once nothing is under way. */
  async close(): Promise<void> {
    const { decoding, sound, input } = this.#parts;
    for (const frame of this.#frames.splice(0)) frame.close();
    for (const { packet } of this.#packets.splice(0)) packet.free();
    for (const packet of this.#spare.splice(0)) packet.free();
    sound.close();
    await decoding.close();
    await input.close();
  }

  /** What is due next; `undefined` when more has to be read first. */
  #pick(): SourceItem | undefined {
    const { sound, clock } = this.#parts;
    const listening = this.#listening;
    if (!listening) sound.clear();
    const chunk = this.#chunks[0]?.timestamp ?? Infinity;
    const frame = this.#frames[0]?.timestamp ?? Infinity;
    const picture = Math.min(chunk, frame);
    if (this.#ahead && !this.#flushed) {
      if (this.#lacksPictures && !sound.isLongerThan(maxAhead)) return undefined;
      if (listening && sound.empty && !this.#ended && !this.#packetsAreFull) return undefined;
    }
    const heard = clock.begun ? sound.headTime : Infinity;
    if (heard < Infinity && (heard <= picture || !this.#ahead)) {
      const item = sound.take();
      if (item !== undefined) return item;
    }
    if (picture === Infinity) return undefined;
    this.#begun = true;
    return chunk <= frame ? this.#takeChunk() : this.#takeFrame();
  }

  get #listening(): boolean {
    return this.#parts.wants().audio && this.#parts.sound.works;
  }

  /** True while no picture is on hand, or one is on its way through the decoder that comes first. */
  get #lacksPictures(): boolean {
    if (this.#frames.length > 0) return false;
    const [first] = this.#chunks;
    if (first === undefined) return true;
    const held = (this.#chunks.at(-1)?.timestamp ?? 0) - first.timestamp;
    return this.#ahead && this.#parts.decoding.on && held < maxAhead;
  }

  get #packetsAreFull(): boolean {
    const [first] = this.#packets;
    const last = this.#packets.at(-1);
    const span = (last?.time ?? 0) - (first?.time ?? 0);
    return span > maxAhead || this.#packetBytes > maxAheadBytes || this.#packets.length > 300;
  }

  #takeChunk(): SourceItem {
    return { kind: 'chunk', chunk: this.#chunks.shift() as EncodedVideoChunk };
  }

  #takeFrame(): SourceItem {
    return { kind: 'frame', frame: this.#frames.shift() as VideoFrame };
  }

  async #read(): Promise<void> {
    const { input, clock, sound } = this.#parts;
    input.listen(this.#listening);
    const packet = this.#spare.pop() ?? newPacket();
    let kind: 'picture' | 'sound' | null = null;
    try {
      kind = await input.read(packet);
    } finally {
      if (kind !== 'picture') this.#spare.push(packet);
    }
    if (kind === null) this.#ended = true;
    if (kind === 'sound') sound.push(packet, clock);
    if (kind !== 'picture') return;
    const time = clock.place('picture', packet, this.#timeBase);
    this.#packets.push({ packet, time });
    this.#packetBytes += packet.size;
  }

  async #process(): Promise<void> {
    const { packet } = this.#packets.shift() as { packet: Packet };
    this.#packetBytes -= packet.size;
    const { decoding, wants } = this.#parts;
    const { frames, chunks } = wants();
    try {
      this.#pass(packet, chunks);
      // Without chunks there is nothing but frames to keep the pace.
      const alone = !chunks || this.#parts.untouched === null;
      decoding.want(frames || alone);
      if (alone) await decoding.settled();
      await this.#show(await decoding.take(packet, chunks && this.#parts.untouched !== null));
    } finally {
      packet.unref();
      this.#spare.push(packet);
    }
  }

  async #flush(): Promise<void> {
    this.#flushed = true;
    const { decoding, sound, clock } = this.#parts;
    sound.flush(clock);
    await this.#show(await decoding.flush());
  }

  async #show(frames: Awaited<ReturnType<PictureDecoding['take']>>): Promise<void> {
    const { frameClock, clock, upright } = this.#parts;
    for (const [index, frame] of frames.entries()) {
      try {
        if (needsTurning(frame, this.#pixelAspect)) this.#turned();
        const times = frameClock.next(frame, clock);
        this.#frames.push(wrapNativeFrame(await upright.apply(frame, this.#pixelAspect), times));
      } catch (error) {
        for (const rest of frames.slice(index + 1)) rest.free();
        throw error;
      }
    }
  }

  #turned(): void {
    if (this.#parts.untouched !== null) this.refuse('its pictures have to be turned or stretched');
  }

  /** Takes what the packet tells of an input that was joined in the middle. */
  #find(packet: Packet): void {
    const found = this.#parts.awaited?.(packet) ?? null;
    if (found === null) return;
    this.#parts.awaited = null;
    if (typeof found === 'string') {
      this.refuse(found);
      return;
    }
    this.#parts.untouched = found;
    this.#parts.onFound(found);
  }

  /** Hands a packet on as it is, where that is possible and wanted. */
  #pass(packet: Packet, wanted: boolean): void {
    this.#find(packet);
    const { untouched, clock, frameClock } = this.#parts;
    if (untouched === null) return;
    if (packet.pts === AV_NOPTS_VALUE) {
      this.#timeless += 1;
      // Until a camera over RTSP has said what its times mean, packets have none.
      if (this.#lastShown > -Infinity || this.#timeless > maxTimeless) this.refuse(timeless);
      return;
    }
    const shown = Number(packet.pts);
    if (shown <= this.#lastShown) {
      this.refuse(reordered);
      return;
    }
    this.#lastShown = shown;
    const renewed = packet.getSideData(AV_PKT_DATA_NEW_EXTRADATA);
    if (renewed !== null) untouched.configure(renewed);
    if (!wanted) return;
    const picture = untouched.picture(packet.data ?? Buffer.alloc(0), packet.isKeyframe);
    // Before its first key frame an input cannot be shown.
    if (picture === null || (!this.#keySeen && picture.type === 'delta')) return;
    this.#keySeen = true;
    clock.begin(shown);
    const timestamp = clock.at(shown);
    const duration = Number(packet.duration);
    if (!this.#parts.decoding.on) frameClock.passed(timestamp, duration > 0 ? duration : null);
    this.#chunks.push(
      new EncodedVideoChunk({ ...picture, timestamp, ...(duration > 0 ? { duration } : {}) }),
    );
  }
}

function newPacket(): Packet {
  const packet = new Packet();
  packet.alloc();
  return packet;
}
