import { InvalidStateError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { EncodableCodecName } from '../media/encoded-video-chunk.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { StreamStatus } from '../pipeline/status.js';
import { PeerSession } from '../rtc/peer-session.js';
import type { PeerSessionOptions } from '../rtc/peer-session-types.js';
import { readOffer } from '../rtc/read-offer.js';
import type { SessionRegistry } from '../rtc/session-registry.js';

type PeerOptions = Pick<PeerSessionOptions, 'iceServers' | 'icePortRange' | 'announcedAddresses'>;

/** What a {@link ViewerDesk} works with. */
export interface ViewerDeskOptions {
  pipeline: Pipeline;
  sessions: SessionRegistry;
  /** Favourite first. */
  codecs: readonly EncodableCodecName[];
  /** False: one viewer, and a newcomer takes its place. */
  enableLiveBroadcast: boolean;
  /** How each viewer is connected. */
  peer: PeerOptions;
  logger: Logger;
}

/** Lets viewers in, tells them how their stream stands, and sees them out. */
export class ViewerDesk {
  readonly #options: ViewerDeskOptions;
  #closed = false;

  constructor(options: ViewerDeskOptions) {
    this.#options = options;
    const { pipeline } = options;
    pipeline.on('status', (status) => this.#broadcast(statusMessage(status)));
    pipeline.on('message', (data) => this.#broadcast({ type: 'message', data }));
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
    const { sessions, codecs, enableLiveBroadcast } = this.#options;
    const offer = readOffer(description, { codecs });
    const replaced = enableLiveBroadcast ? [] : [...sessions];
    const slot = sessions.reserve();
    try {
      const { peer, pipeline, logger } = this.#options;
      const session = await PeerSession.accept(offer, {
        ...peer,
        streamName: pipeline.name,
        logger,
        ...(signal ? { signal } : {}),
      });
      if (this.#closed) {
        await session.close('the server is closing');
        throw new InvalidStateError('the server is closing');
      }
      slot.add(session);
      // Its connection may have failed meanwhile: the close event has passed then.
      if (session.connectionState !== 'closed') this.#attach(session);
      for (const old of replaced) this.#replace(old);
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

  #attach(session: PeerSession): void {
    const { pipeline, logger } = this.#options;
    const subscription = pipeline.subscribe({
      viewer: session.id,
      sink: { write: (_, chunk) => session.write(chunk) },
      codec: session.codec,
      end: (reason) => void session.close(reason),
    });
    const [best] = pipeline.ladder(session.codec);
    if (best) subscription.take(best.id);
    session.on('connected', () => logger.info(`viewer ${session.id} connected (${session.codec})`));
    session.on('channelopen', () => session.sendMessage(statusMessage(pipeline.status)));
    session.on('keyframerequest', (reason) => {
      if (reason === 'joined') subscription.ready();
      else subscription.requestKeyFrame();
    });
    session.on('close', (reason) => {
      subscription.close();
      logger.info(`viewer ${session.id} left: ${reason}`);
    });
  }

  #replace(session: PeerSession): void {
    const reason = 'Another viewer took over.';
    session.sendMessage({ type: 'status', state: 'ended', reason, code: 'replaced' });
    void session.close(reason);
  }

  #broadcast(message: unknown): void {
    for (const session of this.#options.sessions) session.sendMessage(message);
  }
}

function statusMessage({ state, reason }: StreamStatus): object {
  return { type: 'status', state, ...(reason === undefined ? {} : { reason }) };
}
