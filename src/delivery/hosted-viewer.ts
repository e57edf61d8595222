import type { Logger } from '../logger.js';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import { PeerEmitter } from '../rtc/peer-emitter.js';
import type {
  AnswerDescription,
  CloseReason,
  Farewell,
  PeerConnectionState,
} from '../rtc/peer-session-types.js';
import type { ViewerStats } from '../rtc/viewer-stats.js';
import { readPageMessage } from './page-message.js';
import type { PageReport } from './page-message.js';
import { qualities } from './rendition-chooser.js';
import type { Quality } from './rendition-chooser.js';
import type { AcceptedViewer, HostSink, ViewerEvent, ViewerHost } from './viewer-host.js';
import type { ViewerSession, ViewerSessionEvents, ViewerSessionStats } from './viewer-session.js';

/** Events of a {@link HostedViewer}: those of a session, and what the pipeline has to do for it. */
export interface HostedViewerEvents extends ViewerSessionEvents {
  /** This rendition should flow to its host, beside what flows. */
  take: [rendition: RenditionInfo];
  /** This rendition, by its id, is no longer needed for it. */
  drop: [rendition: string];
  /** Bits per second that its link bears; `null` when no limit is known. */
  limit: [bitrate: number | null];
  /** Its page has told how it fares; `wanted`: and wants to know how the server does. */
  report: [wanted: boolean];
  /** Its page plays the sound, or no longer does. */
  listen: [listening: boolean];
}

/** Who a {@link HostedViewer} is, and where. */
export interface HostedViewerInit {
  id: string;
  codec: VideoCodecName;
  streamName: string;
  host: ViewerHost;
  logger: Logger;
}

/** The main thread's side of a viewer, in whichever thread its host is. Made by `Delivery.accept`. */
export class HostedViewer extends PeerEmitter<HostedViewerEvents> implements ViewerSession {
  readonly id: string;
  readonly codec: VideoCodecName;
  /** The stream that it watches. */
  readonly streamName: string;
  readonly #host: ViewerHost;
  readonly #gone: Promise<void>;
  #settleGone: () => void = () => undefined;
  #accepted: AcceptedViewer | null = null;
  #state: PeerConnectionState = 'connecting';
  #heard = false;
  #wanted: RenditionInfo | null = null;
  #rendition: RenditionInfo | null = null;
  #stats: ViewerStats | null = null;
  #farewell: Farewell | null = null;
  #report: PageReport | null = null;
  /** From the time stamps of a rendition's pictures until they are sent, ms; `null` where it is not known. Replaceable. */
  captureToSendMs: (rendition: string) => number | null = () => null;

  constructor({ id, codec, streamName, host, logger }: HostedViewerInit) {
    super(logger);
    this.id = id;
    this.codec = codec;
    this.streamName = streamName;
    this.#host = host;
    this.#gone = new Promise((resolve) => {
      this.#settleGone = resolve;
    });
  }

  /** See `ViewerSession`. */
  get answer(): AnswerDescription {
    return this.#answered.answer;
  }

  /** See `ViewerSession`. */
  get sendsAudio(): boolean {
    return this.#answered.sendsAudio;
  }

  /** See `ViewerSession`. */
  get connectionState(): PeerConnectionState {
    return this.#state;
  }

  /** See `ViewerSession`. */
  get heard(): boolean {
    return this.#heard;
  }

  /** See `ViewerSession`. */
  get rendition(): RenditionInfo | null {
    return this.#rendition;
  }

  /** The rendition that it gets or waits for; `null` when its codec has none. */
  get wanted(): RenditionInfo | null {
    return this.#wanted;
  }

  /** Where its pictures and sound go; shared by all viewers of its stream and host. */
  get sink(): HostSink {
    return this.#host.sink(this.streamName);
  }

  /** How to say goodbye for a host that has died; `null` when not known. */
  get farewell(): Farewell | null {
    return this.#farewell;
  }

  /** Takes its host's answer. */
  accepted(accepted: AcceptedViewer): void {
    this.#accepted = accepted;
    this.#wanted ??= accepted.wanted;
    this.#stats ??= accepted.stats;
  }

  /** See `ViewerSession`. */
  pin(quality: Quality): void {
    if (!qualities.includes(quality)) {
      throw new RangeError(
        `quality: expected one of ${qualities.join(', ')}, got ${JSON.stringify(quality)}`,
      );
    }
    if (this.#state !== 'closed') this.#host.pin(this.id, quality);
  }

  /** See `ViewerSession`. */
  sendMessage(value: unknown): void {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError(`value: expected JSON, got ${typeof value}`);
    if (this.#state === 'connected') this.#host.send(this.id, text);
  }

  /** See `ViewerSession`. */
  stats(): ViewerSessionStats {
    const known = this.#state === 'closed' ? null : this.#host.stats(this.id);
    const stats = known ?? this.#stats ?? this.#answered.stats;
    const rendition = this.#rendition?.id ?? null;
    const captureToSendMs = rendition === null ? null : this.captureToSendMs(rendition);
    const { playoutMs = null, framesDropped = null, freezeCount = null } = this.#report ?? {};
    return {
      ...stats,
      rendition,
      captureToSendMs,
      playoutMs,
      latencyMs: this.#latency(captureToSendMs, stats.roundTripMs),
      framesDroppedByPage: framesDropped,
      freezeCount,
    };
  }

  /** See `ViewerSession`. */
  close(reason: CloseReason = 'closed'): Promise<void> {
    if (this.#state !== 'closed') {
      this.#state = 'closed';
      this.#host.release(this.id, reason);
      this.#tellClosed(reason);
    }
    return this.#gone;
  }

  /** Same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Takes what its host tells; never throws. */
  take(event: ViewerEvent): void {
    if (event.kind === 'gone') this.#settleGone();
    else if (event.kind === 'closed') this.#closed(event.reason, event.stats);
    else if (this.#state !== 'closed') this.#follow(event);
  }

  #follow(event: Exclude<ViewerEvent, { kind: 'gone' | 'closed' }>): void {
    switch (event.kind) {
      case 'heard':
        this.#heard = true;
        break;
      case 'connected':
        this.#heard = true;
        this.#state = 'connected';
        this.tell('connected');
        break;
      case 'channelopen':
        this.tell('channelopen');
        break;
      case 'message':
        this.#takeMessage(event.value);
        break;
      case 'keyframerequest':
        this.tell('keyframerequest', event.reason, event.rendition);
        break;
      case 'take':
        this.#wanted = event.rendition;
        this.tell('take', event.rendition);
        break;
      case 'drop':
        this.tell('drop', event.rendition);
        break;
      case 'moved':
        this.#rendition = event.rendition;
        this.#wanted = event.rendition;
        this.tell('rendition', event.rendition);
        break;
      case 'limit':
        this.tell('limit', event.bitrate);
        break;
      case 'farewell':
        this.#farewell = event.farewell;
        break;
    }
  }

  #takeMessage(value: unknown): void {
    const told = readPageMessage(value);
    if (told === null) this.tell('message', value);
    else if (told.type === 'quality') this.pin(told.quality);
    else if (told.type === 'audio') this.tell('listen', told.wanted);
    else {
      this.#report = told.report;
      this.tell('report', told.wanted);
    }
  }

  #latency(captureToSendMs: number | null, roundTripMs: number | null): number | null {
    const { captureMs = null, playoutMs = null } = this.#report ?? {};
    if (captureMs !== null) return captureMs;
    if (captureToSendMs === null || roundTripMs === null || playoutMs === null) return null;
    return captureToSendMs + roundTripMs / 2 + playoutMs;
  }

  #closed(reason: CloseReason, stats: ViewerStats): void {
    this.#stats = stats;
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#tellClosed(reason);
  }

  #tellClosed(reason: CloseReason): void {
    this.tell('close', reason);
    this.removeAllListeners();
  }

  get #answered(): AcceptedViewer {
    if (this.#accepted === null) throw new TypeError('this viewer was not accepted');
    return this.#accepted;
  }
}
