import type { EncodedAudioChunk } from '../media/encoded-audio-chunk.js';
import type { PacketizedVideoChunk } from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import { counterOf, untaken } from './protocol.js';
import type { HostCommand } from './protocol.js';
import { sendPicture, sendSound } from './sent-media.js';
import type { HostSink } from './viewer-host.js';

/** Pictures that may wait for a worker: a second or two. A worker that is so late has too much to do. */
const maxWaiting = 60;

/** While a key frame is awaited, it is asked for again so often. */
const keyFrameRetryMs = 1000;

/** Where a {@link WorkerSink} leads to. */
export interface WorkerOutlet {
  push(command: HostCommand): void;
  /** The viewers of this rendition have missed pictures. */
  keyFrameNeeded(rendition: string): void;
}

/** The way of one stream into a worker. A worker that falls behind misses pictures, up to the next key frame. */
export class WorkerSink implements HostSink {
  readonly #streamName: string;
  readonly #flow: PictureFlow;
  readonly #outlet: WorkerOutlet;
  /** Renditions of which pictures were left out, and when a key frame was asked for. */
  readonly #broken: Map<string, number> = new Map();

  constructor(streamName: string, flow: PictureFlow, outlet: WorkerOutlet) {
    this.#streamName = streamName;
    this.#flow = flow;
    this.#outlet = outlet;
  }

  /** See `HostSink`. */
  write({ id }: RenditionInfo, picture: PacketizedVideoChunk): void {
    const isLate = this.#flow.waiting >= maxWaiting;
    if (isLate || (this.#broken.has(id) && picture.chunk.type !== 'key')) {
      this.#leaveOut(id, isLate);
      return;
    }
    this.#broken.delete(id);
    this.#flow.sent();
    this.#outlet.push({
      kind: 'picture',
      streamName: this.#streamName,
      rendition: id,
      picture: sendPicture(picture),
    });
  }

  /** See `HostSink`. */
  writeAudio(chunk: EncodedAudioChunk): void {
    if (this.#flow.waiting >= maxWaiting) return;
    this.#outlet.push({ kind: 'sound', streamName: this.#streamName, sound: sendSound(chunk) });
  }

  /** Once the worker has caught up, it needs a key frame to go on from. */
  #leaveOut(rendition: string, isLate: boolean): void {
    const now = performance.now();
    const askedAt = this.#broken.get(rendition) ?? Number.NEGATIVE_INFINITY;
    const asks = !isLate && now - askedAt >= keyFrameRetryMs;
    this.#broken.set(rendition, asks ? now : askedAt);
    if (asks) this.#outlet.keyFrameNeeded(rendition);
  }
}

/** Counts the pictures on their way into one worker, of all streams. */
export class PictureFlow {
  readonly #counters: Int32Array;
  #count = 0;

  constructor(counters: Int32Array) {
    this.#counters = counters;
  }

  /** Pictures that the worker has not taken yet. */
  get waiting(): number {
    return untaken(this.#count, this.#counters, counterOf.pictures);
  }

  /** One more is on its way. */
  sent(): void {
    this.#count = (this.#count + 1) | 0;
  }
}
