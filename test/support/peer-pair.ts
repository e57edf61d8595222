import { silentLogger } from '../../src/logger.js';
import type { VideoCodecName } from '../../src/media/encoded-video-chunk.js';
import type { PeerSessionOptions } from '../../src/rtc/peer-session-types.js';
import { PeerSession } from '../../src/rtc/peer-session.js';
import { readOffer } from '../../src/rtc/read-offer.js';
import { WeriftViewer } from './werift-viewer.js';
import type { Signal, WeriftViewerOptions } from './werift-viewer.js';

/** A viewer and the session that serves it, connected to each other. */
export interface PeerPair {
  readonly viewer: WeriftViewer;
  readonly session: PeerSession;
  /** Closes both. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Connects a viewer to a session of its own. */
export async function connectPair(
  viewerOptions: WeriftViewerOptions = {},
  sessionOptions: Partial<PeerSessionOptions> = {},
  onSession: (session: PeerSession) => void = () => undefined,
): Promise<PeerPair> {
  let session: PeerSession | undefined;
  const codecs = viewerOptions.codecs ?? ['vp8'];
  const viewer = await WeriftViewer.connect(
    acceptOffer(codecs, sessionOptions, (accepted) => {
      session = accepted;
      onSession(accepted);
    }),
    viewerOptions,
  );
  if (session === undefined) throw new Error('no session was made');
  const accepted = session;
  return {
    viewer,
    session: accepted,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([viewer.close(), accepted.close()]);
    },
  };
}

/** Answers offers by sessions, as the server does. */
export function acceptOffer(
  codecs: VideoCodecName[],
  options: Partial<PeerSessionOptions>,
  onSession: (session: PeerSession) => void,
): Signal {
  return async (offer) => {
    const session = await PeerSession.accept(readOffer(offer, { codecs }), {
      streamName: 'test',
      logger: silentLogger,
      ...options,
    });
    onSession(session);
    return session.answer;
  };
}

/** The reason of the next `close`. */
export function closeReason(session: PeerSession): Promise<string> {
  return new Promise((resolve) => {
    session.once('close', resolve);
  });
}
