import { LogLimit } from '../../util/log-limit.js';
import { sleep } from '../../util/sleep.js';
import type { Logger } from '../../logger.js';
import type { AudioData } from '../../media/audio-data.js';
import type { VideoFrame } from '../../media/video-frame.js';
import type { EndReason, TransportLink } from '../core/transport-link.js';
import { closeCodeOf } from './close-code.js';
import { Playhead } from './playhead.js';
import type { SocketPipe } from './socket-pipe.js';
import { SoundWriter } from './sound-writer.js';
import type { StartEvent } from './start-event.js';

/** Bytes of sound that may wait for the network: a second of it, within these bounds. */
const [least, most] = [16 * 1024, 256 * 1024];
/** `audioPlayed()` waits no longer. */
const maxPlayedMs = 5000;
/** Sound is sent so much ahead of its time. */
const leadMs = 200;
/** So long without sound and what coders hold back is sent, up to 20 ms: well before the client runs dry. */
const gapMs = leadMs / 2;

/** A WebSocket as a connection sees it. */
export class WebSocketLink implements TransportLink {
  readonly name = 'websocket';
  readonly takesMessages = true;
  readonly audioLeadMs: number = leadMs;
  readonly #pipe: SocketPipe;
  readonly #start: StartEvent;
  readonly #playhead: Playhead = new Playhead();
  readonly #faults: LogLimit;
  readonly #abort: AbortController = new AbortController();
  #writer: SoundWriter | null = null;
  #gap: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(pipe: SocketPipe, start: StartEvent, logger: Logger) {
    this.#pipe = pipe;
    this.#start = start;
    this.#faults = new LogLimit((suppressed, err) => {
      logger.error({ err, suppressed }, 'sound could not be written');
    });
  }

  send(text: string): void {
    this.#pipe.send(text);
  }

  playAudio(frame: AudioData): void {
    if (this.#closed || this.#pipe.closing) return;
    this.#playhead.add(frame.duration / 1000);
    this.#writer ??= new SoundWriter({
      codec: this.#start.codec,
      sampleRate: this.#start.sampleRate ?? frame.sampleRate,
      numberOfChannels: this.#start.numberOfChannels,
    });
    this.#sendSound((writer) => writer.write(frame));
    if (this.#gap === undefined) this.#gap = setTimeout(() => this.#flush(), gapMs).unref();
    else this.#gap.refresh();
  }

  clearAudio(): void {
    clearTimeout(this.#gap);
    this.#gap = undefined;
    this.#writer?.reset();
    this.#playhead.clear();
    if (this.#start.negotiated) this.#pipe.send('{"type":"clear","data":""}');
  }

  async audioPlayed(): Promise<void> {
    this.#flush();
    await sleep(Math.min(this.#playhead.remainingMs, maxPlayedMs), this.#abort.signal);
  }

  showVideo(frame: VideoFrame): Promise<void> {
    frame.close();
    return Promise.resolve();
  }

  isAlive(timeoutMs: number): Promise<boolean> {
    return this.#pipe.isAlive(timeoutMs);
  }

  async close(reason: EndReason): Promise<void> {
    this.#closed = true;
    this.#abort.abort();
    clearTimeout(this.#gap);
    this.#writer?.close();
    this.#writer = null;
    this.#faults.close();
    // Outputs that were given just before the end are on their way here.
    if (this.#start.outputs) await new Promise((resolve) => setImmediate(resolve));
    await this.#pipe.close(closeCodeOf(reason), reason, reason);
  }

  #flush(): void {
    clearTimeout(this.#gap);
    this.#gap = undefined;
    this.#sendSound((writer) => writer.flush());
  }

  #sendSound(write: (writer: SoundWriter) => Buffer[]): void {
    if (this.#writer === null) return;
    try {
      for (const bytes of write(this.#writer)) {
        const message = this.#start.binary
          ? bytes
          : JSON.stringify({ event: 'media', media: { payload: bytes.toString('base64') } });
        // Pieces last 20 ms.
        this.#pipe.sendSound(message, Math.min(Math.max(message.length * 50, least), most));
      }
    } catch (error) {
      this.#faults.note(error);
    }
  }
}
