import type { EncodedAudioChunk } from '../media/encoded-audio-chunk.js';
import type { PacketizedVideoChunk, VideoCodecName } from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import type { HostedPeer, RenditionAudience } from './hosted-peer.js';
import type { HostSink } from './viewer-host.js';

/** The viewers of one stream in one host, by what they get. */
export class StreamAudience implements RenditionAudience, HostSink {
  readonly #peers: Set<HostedPeer> = new Set();
  readonly #renditions: Map<string, Set<HostedPeer>> = new Map();

  /** A viewer is there: it gets sound and messages. */
  join(peer: HostedPeer): void {
    this.#peers.add(peer);
  }

  /** It is gone. */
  leave(peer: HostedPeer): void {
    this.#peers.delete(peer);
  }

  /** A viewer gets a rendition's pictures, or waits for them. */
  add(rendition: string, peer: HostedPeer): void {
    const peers = this.#renditions.get(rendition);
    if (peers === undefined) this.#renditions.set(rendition, new Set([peer]));
    else peers.add(peer);
  }

  /** It does so no more. */
  remove(rendition: string, peer: HostedPeer): void {
    const peers = this.#renditions.get(rendition);
    peers?.delete(peer);
    if (peers?.size === 0) this.#renditions.delete(rendition);
  }

  /** A picture for all that are on its rendition. */
  write({ id }: RenditionInfo, picture: PacketizedVideoChunk): void {
    this.writePicture(id, picture);
  }

  /** As {@link write}, by the rendition's id. */
  writePicture(rendition: string, picture: PacketizedVideoChunk): void {
    const peers = this.#renditions.get(rendition);
    if (peers === undefined) return;
    for (const peer of peers) peer.write(rendition, picture);
  }

  /** A piece of sound for all that want it. */
  writeAudio(chunk: EncodedAudioChunk): void {
    for (const peer of this.#peers) peer.writeAudio(chunk);
  }

  /** The renditions of a codec are others now. */
  setLadder(codec: VideoCodecName, ladder: readonly RenditionInfo[]): void {
    for (const peer of this.#peers) {
      if (peer.session.codec === codec) peer.setLadder(ladder);
    }
  }

  /** JSON for all. */
  broadcast(text: string): void {
    for (const { session } of this.#peers) session.sendText(text);
  }
}
