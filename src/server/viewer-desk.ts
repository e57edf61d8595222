import type { Delivery, DeliveryAcceptOptions } from '../delivery/delivery.js';
import type { HostedViewer } from '../delivery/hosted-viewer.js';
import type { SessionRegistry } from '../delivery/session-registry.js';
import type { ViewerSession } from '../delivery/viewer-session.js';
import { InvalidStateError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { StreamStatus } from '../pipeline/status.js';
import { readOffer } from '../rtc/read-offer.js';
import { serverFigures } from './server-figures.js';

/** So long, ms, a first viewer's answer waits for the source to be opened: it has nothing to see before that. */
const sourceWaitMs = 500;

type PeerOptions = Pick<
  DeliveryAcceptOptions,
  'iceServers' | 'icePortRange' | 'announcedAddresses'
>;

/** What a {@link ViewerDesk} works with. */
export interface ViewerDeskOptions {
  pipeline: Pipeline;
  delivery: Delivery;
  sessions: SessionRegistry;
  /** Favourite first. */
  codecs: readonly VideoCodecName[];
  /** Whether the stream may have sound. */
  audio: boolean;
  /** False: one viewer, and a newcomer takes its place. */
  enableLiveBroadcast: boolean;
  /** How each viewer is connected. */
  peer: PeerOptions;
  logger: Logger;
}

/** Lets viewers in, tells them how their stream stands, and sees them out. */
export class ViewerDesk {
  readonly #options: ViewerDeskOptions;
  /** Of the source's own pictures, by the viewers that can take them. */
  readonly #profiles = new WeakMap<ViewerSession, string | null>();
  #closed = false;

  constructor(options: ViewerDeskOptions) {
    this.#options = options;
    const { pipeline, delivery } = options;
    const { name } = pipeline;
    pipeline.on('status', (status) => delivery.broadcast(name, statusMessage(status)));
    pipeline.on('message', (data) => delivery.broadcast(name, { type: 'message', data }));
    pipeline.on('ladder', (codec) => this.#ladderChanged(codec));
  }

  /**
   * Answers an offer and subscribes the new viewer to the stream.
   *
   * @throws {NegotiationError} for an offer that cannot be taken; {LimitExceededError} when there are
   *   too many viewers; {InvalidStateError} while closing.
   */
  async admit(
    description: { type: 'offer'; sdp: string },
    signal?: AbortSignal,
  ): Promise<{ type: 'answer'; sdp: string }> {
    if (this.#closed) throw new InvalidStateError('the server is closing');
    const { sessions, codecs, audio, enableLiveBroadcast } = this.#options;
    const untouched = await this.#options.pipeline.compressed(sourceWaitMs);
    // It may have been closed while the source was looked at.
    if (this.#closed) throw new InvalidStateError('the server is closing');
    const offer = readOffer(description, { codecs, audio, untouched });
    const slot = sessions.reserve();
    try {
      const { peer, pipeline, delivery } = this.#options;
      const session = await delivery.accept(offer, {
        ...peer,
        streamName: pipeline.name,
        ladder: pipeline.ladder(offer.video.codec.codec),
        ...(signal ? { signal } : {}),
      });
      // The application may have closed the registry itself.
      if (this.#closed || sessions.closed) {
        await session.close('server-closed');
        throw new InvalidStateError('the server is closing');
      }
      slot.add(session);
      // Its connection may have failed meanwhile: the close event has passed then.
      this.#profiles.set(session, offer.untouched);
      if (session.connectionState !== 'closed') this.#attach(session);
      // Those included that came while this one was answered: one is to be left.
      const others = enableLiveBroadcast ? [] : [...sessions].filter((one) => one !== session);
      for (const old of others) this.#replace(old);
      return session.answer;
    } finally {
      slot.release();
    }
  }

  /** WebGear_RTC's `/close_connection`: in one-viewer mode `0` keeps the viewer, all else ends it. */
  async closeConnection(parameter: number): Promise<'OK' | 'DISABLED'> {
    const { sessions, enableLiveBroadcast } = this.#options;
    if (enableLiveBroadcast) return 'DISABLED';
    if (parameter !== 0) {
      await Promise.all([...sessions].map((session) => session.close('closed by the page')));
    }
    return 'OK';
  }

  /** Lets nobody in any more; the sessions are the registry's to close. */
  close(): void {
    this.#closed = true;
  }

  #attach(session: HostedViewer): void {
    const { pipeline, logger } = this.#options;
    const subscription = pipeline.subscribe({
      viewer: session.id,
      sink: session.sink,
      codec: session.codec,
      audio: session.sendsAudio,
      end: (reason) => void session.close(reason),
    });
    if (session.wanted !== null) subscription.take(session.wanted.id);
    session.on('take', (rendition) => subscription.take(rendition.id));
    session.on('drop', (rendition) => subscription.drop(rendition));
    session.on('listen', (listening) => subscription.listen(listening));
    session.on('limit', (bitrate) => subscription.limit(bitrate));
    session.on('keyframerequest', (reason, rendition) => {
      if (reason === 'joining') {
        if (this.#goesOn(session)) subscription.ready();
      } else if (reason === 'joined') subscription.ready();
      else subscription.requestKeyFrame(rendition ?? undefined);
    });
    session.on('connected', () => logger.info(`viewer ${session.id} connected (${session.codec})`));
    session.on('channelopen', () => {
      session.sendMessage(statusMessage(pipeline.status));
      this.#tellRenditions(session);
    });
    session.on('rendition', () => this.#tellRenditions(session));
    session.captureToSendMs = (id) => {
      const rendition = pipeline.stats().renditions.find((one) => one.id === id);
      return rendition?.captureToSendMs ?? null;
    };
    session.on('report', (wanted) => {
      if (wanted) session.sendMessage(serverFigures(pipeline.stats(), session.stats()));
    });
    session.on('close', (reason) => {
      subscription.close();
      logger.info(`viewer ${session.id} left: ${reason}`);
    });
  }

  /** True when nothing of the stream is lost by letting its pictures flow before this viewer is connected. */
  #goesOn(session: HostedViewer): boolean {
    const { pipeline, sessions } = this.#options;
    // Compressed pictures as they came begin where their group does: that is not to be kept for long.
    if (pipeline.info === null || session.wanted?.level === 'source') return false;
    // A film begins with its first viewer.
    return (
      pipeline.info.live ||
      [...sessions].some(({ connectionState }) => connectionState === 'connected')
    );
  }

  #replace(session: ViewerSession): void {
    const reason = 'Another viewer took over.';
    session.sendMessage({ type: 'status', state: 'ended', reason, code: 'replaced' });
    void session.close(reason);
  }

  #ladderChanged(codec: VideoCodecName): void {
    const { pipeline, delivery, sessions } = this.#options;
    delivery.setLadder(pipeline.name, codec, pipeline.ladder(codec));
    for (const session of sessions) if (session.codec === codec) this.#tellRenditions(session);
  }

  /** What the page offers its viewer to choose from. */
  #tellRenditions(session: ViewerSession): void {
    const ladder = this.#options.pipeline
      .ladder(session.codec)
      .filter(
        ({ level, profile = '' }) => level !== 'source' || profile === this.#profiles.get(session),
      )
      .map(({ level, bitrate }) => ({ level, bitrate }));
    session.sendMessage({ type: 'renditions', ladder, current: session.rendition?.level ?? null });
  }
}

function statusMessage({ state, reason }: StreamStatus): object {
  return { type: 'status', state, ...(reason === undefined ? {} : { reason }) };
}
