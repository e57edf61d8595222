import type { Delivery, DeliveryAcceptOptions } from '../../src/delivery/delivery.js';
import type { HostedViewer } from '../../src/delivery/hosted-viewer.js';
import type { VideoCodecName } from '../../src/media/encoded-video-chunk.js';
import type { RenditionInfo, RenditionLevel } from '../../src/media/rendition-info.js';
import { readOffer } from '../../src/rtc/read-offer.js';
import { fixtureOffer } from './offers.js';
import { WeriftViewer } from './werift-viewer.js';
import type { Signal, WeriftViewerOptions } from './werift-viewer.js';

/** A rendition as a ladder lists it. */
export function rendition(
  level: RenditionLevel = 'full',
  codec: VideoCodecName = 'vp8',
): RenditionInfo {
  return { id: `${codec}/${level}`, codec, level, bitrate: 1_000_000, minBitrate: 100_000 };
}

const defaults = { streamName: 'live', ladder: [rendition()] };

/** A session that no viewer will ever come for. */
export function joinUnattended(
  delivery: Delivery,
  options: Partial<DeliveryAcceptOptions> = {},
): Promise<HostedViewer> {
  const offer = readOffer(
    { type: 'offer', sdp: fixtureOffer('chromium-video') },
    { codecs: ['vp8'] },
  );
  return delivery.accept(offer, { ...defaults, ...options });
}

/** Answers offers by sessions of `delivery`, as the server does. */
export function deliveryOffer(
  delivery: Delivery,
  onSession: (session: HostedViewer) => void,
  options: Partial<DeliveryAcceptOptions> = {},
): Signal {
  return async (description) => {
    const offer = readOffer(description, { codecs: ['vp8'] });
    const session = await delivery.accept(offer, { ...defaults, ...options });
    onSession(session);
    return session.answer;
  };
}

/** A viewer and the session that serves it. */
export interface JoinedViewer {
  readonly viewer: WeriftViewer;
  readonly session: HostedViewer;
  /** Closes both. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Connects a viewer to a session of `delivery`. */
export async function joinDelivery(
  delivery: Delivery,
  viewerOptions: WeriftViewerOptions = {},
  options: Partial<DeliveryAcceptOptions> = {},
  onSession: (session: HostedViewer) => void = () => undefined,
): Promise<JoinedViewer> {
  let accepted: HostedViewer | undefined;
  const signal = deliveryOffer(
    delivery,
    (session) => {
      accepted = session;
      onSession(session);
    },
    options,
  );
  const viewer = await WeriftViewer.connect(signal, viewerOptions);
  const session = accepted as HostedViewer;
  return {
    viewer,
    session,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([viewer.close(), session.close()]);
    },
  };
}
