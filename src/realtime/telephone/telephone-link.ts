import type { Logger } from '../../logger.js';
import type { AudioData } from '../../media/audio-data.js';
import type { VideoFrame } from '../../media/video-frame.js';
import { LogLimit } from '../../util/log-limit.js';
import { sleep } from '../../util/sleep.js';
import type { EndReason, TransportLink } from '../core/transport-link.js';
import { closeCodeOf } from '../websocket/close-code.js';
import { Playhead } from '../websocket/playhead.js';
import type { SocketPipe } from '../websocket/socket-pipe.js';
import { SoundWriter } from '../websocket/sound-writer.js';
import { PlayMarks } from './play-marks.js';

/** Bytes of sound that may wait for the network: about a second as Twilio wants it. */
const maxWaitingBytes = 16 * 1024;
/** Sound is sent so much ahead of its time. */
const leadMs = 200;
/** So long without sound and what the coder held back, the last 2 ms, goes out: well before the telephone runs dry. */
const tailMs = leadMs / 2;
/** So long without sound and a reply is over, also for one that waited for its last 20 ms. */
const gapMs = leadMs + 100;
/** How much longer than reckoned the telephone may take to play what it has, network included. */
const latestMarkMs = 2000;
/** `audioPlayed()` waits no longer. */
const maxPlayedMs = 10_000;

/** A telephone call as a connection sees it: Twilio's end of a media stream. */
export class TelephoneLink implements TransportLink {
  readonly name = 'telephone';
  readonly takesMessages = false;
  readonly audioLeadMs: number = leadMs;
  readonly #pipe: SocketPipe;
  readonly #streamSid: string;
  readonly #writer: SoundWriter;
  readonly #faults: LogLimit;
  readonly #playhead: Playhead = new Playhead();
  readonly #marks: PlayMarks = new PlayMarks();
  readonly #abort: AbortController = new AbortController();
  #tail: NodeJS.Timeout | undefined;
  #gap: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(pipe: SocketPipe, streamSid: string, logger: Logger) {
    this.#pipe = pipe;
    this.#streamSid = streamSid;
    this.#writer = new SoundWriter({ codec: 'mulaw', sampleRate: 8000, numberOfChannels: 1 });
    this.#faults = new LogLimit((suppressed, err) => {
      logger.error({ err, suppressed }, 'sound could not be written');
    });
  }

  /** Twilio takes none of our messages, and warns about them. */
  send(): void {}

  playAudio(frame: AudioData): void {
    if (this.#closed || this.#pipe.closing) return;
    this.#playhead.add(frame.duration / 1000);
    this.#sendSound(() => this.#writer.write(frame));
    if (this.#gap === undefined || this.#tail === undefined) {
      this.#tail = setTimeout(() => this.#sendTail(), tailMs).unref();
      this.#gap = setTimeout(() => this.#endReply(), gapMs).unref();
    } else {
      this.#tail.refresh();
      this.#gap.refresh();
    }
  }

  clearAudio(): void {
    if (this.#closed) return;
    this.#stopTimers();
    this.#writer.reset();
    this.#playhead.clear();
    // Twilio answers the marks of what it throws away.
    this.#sendEvent('clear', {});
  }

  async audioPlayed(): Promise<void> {
    this.#endReply();
    const waitMs = Math.min(this.#playhead.remainingMs + latestMarkMs, maxPlayedMs);
    const answered = this.#marks.whenAllReached();
    if (!this.#marks.allReached) await Promise.race([answered, sleep(waitMs, this.#abort.signal)]);
  }

  /** Twilio has answered a mark. */
  reachedMark(name: string): void {
    this.#marks.reached(name);
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
    this.#stopTimers();
    this.#abort.abort();
    this.#marks.close();
    this.#writer.close();
    this.#faults.close();
    await this.#pipe.close(closeCodeOf(reason), reason, reason);
  }

  /** Sends what the coder held back. */
  #sendTail(): void {
    if (!this.#closed) this.#sendSound(() => this.#writer.flush());
  }

  /** Asks to be told when all is played. Nothing when nothing was said since. */
  #endReply(): void {
    if (this.#gap === undefined || this.#closed) return;
    this.#stopTimers();
    this.#sendTail();
    this.#sendEvent('mark', { mark: { name: this.#marks.next() } });
  }

  #stopTimers(): void {
    clearTimeout(this.#tail);
    clearTimeout(this.#gap);
    this.#tail = undefined;
    this.#gap = undefined;
  }

  #sendSound(write: () => Buffer[]): void {
    try {
      for (const bytes of write()) {
        const media = { payload: bytes.toString('base64') };
        const message = JSON.stringify({ event: 'media', streamSid: this.#streamSid, media });
        this.#pipe.sendSound(message, maxWaitingBytes);
      }
    } catch (error) {
      this.#faults.note(error);
    }
  }

  #sendEvent(event: string, fields: object): void {
    this.#pipe.send(JSON.stringify({ event, streamSid: this.#streamSid, ...fields }));
  }
}
