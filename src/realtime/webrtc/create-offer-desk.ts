import { silentLogger } from '../../logger.js';
import type { Logger } from '../../logger.js';
import { MediaPeer } from '../../rtc/media-peer.js';
import { readMediaOffer } from '../../rtc/read-media-offer.js';
import type { StreamPort } from '../core/stream-port.js';
import type { LinkMaker } from './answered-link.js';
import { mediaWishes } from './media-wishes.js';
import { OfferDesk } from './offer-desk.js';
import { WebRtcLink } from './webrtc-link.js';
import { checkWebRtcOptions, defaultVideoBitrate, defaultVideoCodecs } from './webrtc-options.js';
import type { WebRtcOptions } from './webrtc-options.js';

/**
 * The desk of a stream, over peers of ours.
 *
 * @param options.port - The stream.
 * @param options.logger - Told of connections and of faults. Default: silent.
 * @throws {TypeError} or {RangeError} naming the option.
 */
export function createOfferDesk(
  options: WebRtcOptions & { port: StreamPort; logger?: Logger },
): OfferDesk {
  checkWebRtcOptions(options);
  const { port, logger = silentLogger } = options;
  return new OfferDesk({ port, logger, makeLink: linkMaker({ ...options, logger }) });
}

function linkMaker(options: WebRtcOptions & { port: StreamPort; logger: Logger }): LinkMaker {
  const { port, videoBitrate = defaultVideoBitrate } = options;
  const { videoCodecs: codecs = defaultVideoCodecs, allowExtraTracks = false } = options;
  const wishes = mediaWishes(port, { codecs, allowExtraTracks });
  const { icePortRange, announcedAddresses = [], connectTimeoutMs } = options;
  const peerOptions = {
    iceServers: options.serverRtcConfiguration?.iceServers ?? [],
    announcedAddresses,
    streamName: 'framegear',
    maxReceiveBitrate: videoBitrate,
    ...(icePortRange && { icePortRange }),
    ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
  };
  return async ({ id, type, sdp, signal }) => {
    const logger = options.logger.child({ connection: id });
    const offer = readMediaOffer({ type, sdp }, wishes);
    const peer = await MediaPeer.accept(offer, {
      ...peerOptions,
      id,
      logger: options.logger,
      ...(signal && { signal }),
    });
    const { prototype } = port;
    return new WebRtcLink({
      peer,
      remoteUsernameFragment: offer.ice.usernameFragment,
      inputChannels: prototype?.expectedLayout === 'stereo' ? 2 : 1,
      framerate: prototype?.fps ?? 30,
      videoBitrate,
      logger,
    });
  };
}
