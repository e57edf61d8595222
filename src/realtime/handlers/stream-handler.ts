import { InvalidStateError } from '../../errors.js';
import type { AudioData } from '../../media/audio-data.js';
import type { VideoFrame } from '../../media/video-frame.js';
import { checkNumber, checkObject } from '../../util/check-options.js';
import { show } from '../../util/show-value.js';
import type { HandlerConnection, WaitOptions } from './handler-connection.js';
import type { AudioOutput, VideoOutput } from './outputs.js';

/** Number of channels by the name of their layout. */
export type AudioLayout = 'mono' | 'stereo';

/** What sound a handler takes and gives. */
export interface StreamHandlerOptions {
  /** Channels of what `receive` gets. Default `mono`. */
  expectedLayout?: AudioLayout;
  /** Hz of what `receive` gets. Default 48,000. */
  inputSampleRate?: number;
  /**
   * Samples of each channel in what `receive` gets over WebRTC, whatever the rate: 960, the default, are 20 ms at 48 kHz and
   * 60 ms at 16 kHz, as in FastRTC. Over a socket it gets pieces as the client cut them.
   */
  inputFrameSize?: number;
  /**
   * Hz of what the client gets; a multiple of 50. What `emit` gives may have another rate; over WebRTC sound of 8, 12, 16, 24
   * or 48 kHz keeps it, since Opus has them all. Default 24,000.
   */
  outputSampleRate?: number;
  /** Frames a second of `videoEmit`. Default 30. */
  fps?: number;
}

/** A chat message of the client, from the fork HumanAIGC-Engineering/gradio-webrtc. */
export interface ChatMessage {
  /** `chat` with text in `data`; `stop_chat` ends the answer under way. */
  type: 'chat' | 'stop_chat';
  /** The text; empty for `stop_chat`. */
  data: string;
}

/**
 * Base of handlers that hear and speak. The one given to `Stream` is a prototype: every connection gets its own, from
 * `copy()`. Calls come in order: `startUp` begins, then `receive` and `emit` side by side, `shutdown` once at the end.
 */
export abstract class StreamHandler {
  /** Channels of what `receive` gets. */
  readonly expectedLayout: AudioLayout;
  /** Hz of what `receive` gets. */
  readonly inputSampleRate: number;
  /** Samples of each channel that `receive` gets over WebRTC. */
  readonly inputFrameSize: number;
  /** Hz of what the client gets. */
  readonly outputSampleRate: number;
  /** Frames a second of `videoEmit`. */
  readonly fps: number;
  #connection: HandlerConnection | null = null;

  /** @throws {TypeError} or {RangeError} naming the option. Fields of subclasses are not looked at. */
  constructor(options: StreamHandlerOptions = {}) {
    checkObject('options', options);
    const { expectedLayout = 'mono', inputSampleRate = 48_000, inputFrameSize = 960 } = options;
    const { outputSampleRate = 24_000, fps = 30 } = options;
    this.expectedLayout = expectedLayout;
    this.inputSampleRate = inputSampleRate;
    this.inputFrameSize = inputFrameSize;
    this.outputSampleRate = outputSampleRate;
    this.fps = fps;
    checkOptions(this);
  }

  /** A handler for one connection, made like this one. */
  abstract copy(): StreamHandler;

  /** Takes a piece of the client's sound. A slow one is waited for; what comes meanwhile queues, 10 s at most. */
  abstract receive(frame: AudioData): void | Promise<void>;

  /**
   * Gives the next piece of sound, of any rate and length, or nothing. Called again once its result has been taken; not before
   * there is room (30 s ahead of what the client hears). After nothing it is called when sound or inputs have come, and
   * else every 10 ms; every 40 ms when it has given nothing for long. One that has nothing to give may also wait until it has.
   */
  abstract emit(): AudioOutput | Promise<AudioOutput>;

  /** Called when media can flow; may run as long as the connection, e.g. to hold a session with a model. */
  startUp(): void | Promise<void> {}

  /** Called exactly once at the end, on every transport, also when `startUp` failed. */
  shutdown(): void | Promise<void> {}

  /** Called with every text or binary message of the client's data channel. */
  onMessage(_message: string | Buffer): void | Promise<void> {}

  /** Called with `chat` and `stop_chat` messages. */
  onChat(_message: ChatMessage): void | Promise<void> {}

  /** Called to begin a reply now; only handlers that take turns do. */
  triggerResponse?(): void;

  /** @internal Joins the handler to its connection, before `startUp`. */
  bind(connection: HandlerConnection): void {
    this.#connection = connection;
  }

  /** The connection this handler works for. @throws {InvalidStateError} on the prototype. */
  get connection(): HandlerConnection {
    if (this.#connection === null) {
      throw new InvalidStateError(`${this.constructor.name} has no connection yet`);
    }
    return this.#connection;
  }

  /** See {@link HandlerConnection.phoneMode}. */
  get phoneMode(): boolean {
    return this.connection.phoneMode;
  }

  /** See {@link HandlerConnection.latestArgs}. */
  get latestArgs(): readonly unknown[] | null {
    return this.connection.latestArgs;
  }

  /** See {@link HandlerConnection.sendMessage}. */
  sendMessage(message: string | object): void {
    this.connection.sendMessage(message);
  }

  /** See {@link HandlerConnection.waitForArgs}. */
  waitForArgs(options?: WaitOptions): Promise<readonly unknown[]> {
    return this.connection.waitForArgs(options);
  }

  /** See {@link HandlerConnection.clearQueue}. */
  clearQueue(): void {
    this.connection.clearQueue();
  }
}

/** Base of handlers that also see and show. */
export abstract class AudioVideoStreamHandler extends StreamHandler {
  abstract override copy(): AudioVideoStreamHandler;

  /**
   * Takes a picture of the client, whose owner it becomes: it closes it, or gives it to `videoEmit`. The newest wins; two
   * wait at most. What is still open after `shutdown` is closed.
   */
  abstract videoReceive(frame: VideoFrame): void | Promise<void>;

  /**
   * Gives the next picture, or nothing; called `fps` times a second at most, and at once when a picture has come after
   * it gave nothing. Its pictures are shown at the time of the call.
   */
  abstract videoEmit(): VideoOutput | Promise<VideoOutput>;
}

function checkOptions(handler: StreamHandler): void {
  const { expectedLayout, inputSampleRate, inputFrameSize, outputSampleRate, fps } = handler;
  if (expectedLayout !== 'mono' && expectedLayout !== 'stereo') {
    const message = `expectedLayout: expected mono or stereo, got ${show(expectedLayout)}`;
    throw typeof expectedLayout === 'string' ? new RangeError(message) : new TypeError(message);
  }
  const whole = (least: number, most: number) => (value: number) =>
    Number.isInteger(value) && value >= least && value <= most;
  for (const [name, rate] of Object.entries({ inputSampleRate, outputSampleRate })) {
    checkNumber(name, rate, whole(8000, 192_000), '8,000 to 192,000 Hz');
  }
  // Its pieces last 20 ms.
  checkNumber('outputSampleRate', outputSampleRate, (rate) => rate % 50 === 0, 'a multiple of 50');
  checkNumber('inputFrameSize', inputFrameSize, whole(80, 192_000), '80 to 192,000 samples');
  checkNumber('fps', fps, (value) => value > 0 && value <= 240, 'above 0, up to 240');
}
