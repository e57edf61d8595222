import type { EncodedAudioChunk } from '../media/encoded-audio-chunk.js';
import type { PacketizedVideoChunk } from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import type { KeyFrameReason } from '../rtc/peer-session-types.js';
import type { PeerSession } from '../rtc/peer-session.js';
import { HeldPictures } from './held-pictures.js';
import { RenditionChooser } from './rendition-chooser.js';
import type { Quality } from './rendition-chooser.js';
import { RenditionFlow } from './rendition-flow.js';
import type { ViewerEvent } from './viewer-host.js';

/** A viewer's requests for key frames are passed on at most so often; what comes between is not forgotten. */
const keyFrameIntervalMs = 100;
/** A limit that differs by less is not worth telling: encoders need not follow every wobble. */
const limitStep = 0.05;
/** A viewer may change its address: how to say goodbye for us is looked at so often. */
const farewellIntervalMs = 5000;

/** Who gets a rendition's pictures. */
export interface RenditionAudience {
  add(rendition: string, peer: HostedPeer): void;
  remove(rendition: string, peer: HostedPeer): void;
}

/** What {@link HostedPeer} is joined to. */
export interface HostedPeerOptions {
  /** Of its codec, best first. */
  ladder: readonly RenditionInfo[];
  /** The profile of the source's own pictures that it can take; `null` when it takes none. */
  untouched: string | null;
  audience: RenditionAudience;
  tell: (event: ViewerEvent) => void;
}

/** One viewer in its host: its session, and what that is sent. The host closes it. */
export class HostedPeer {
  readonly session: PeerSession;
  readonly #chooser: RenditionChooser = new RenditionChooser();
  readonly #flow: RenditionFlow;
  readonly #tell: (event: ViewerEvent) => void;
  readonly #untouched: string | null;
  readonly #held: HeldPictures = new HeldPictures();
  #limit: number | null = null;
  #askedAt: number = Number.NEGATIVE_INFINITY;
  #unasked: KeyFrameReason | null = null;
  #farewellAt: number = Number.NEGATIVE_INFINITY;
  #path = '';

  constructor(session: PeerSession, { ladder, untouched, audience, tell }: HostedPeerOptions) {
    this.session = session;
    this.#untouched = untouched;
    this.#tell = tell;
    this.#flow = new RenditionFlow({
      ladder: this.#usable(ladder),
      join: (rendition) => audience.add(rendition, this),
      leave: (rendition) => audience.remove(rendition, this),
      tell,
    });
    const now = performance.now();
    const { rendition } = this.#decide(now);
    if (rendition !== null) this.#flow.begin(rendition, now);
  }

  /** The rendition that it gets or waits for. */
  get wanted(): RenditionInfo | null {
    return this.#flow.wanted;
  }

  /** A picture of a rendition in whose audience it is. */
  write(rendition: string, picture: PacketizedVideoChunk): void {
    if (this.session.connectionState === 'connected') {
      const passes = this.#flow.passes(rendition, picture.chunk.type === 'key');
      if (passes) this.session.write(picture);
    } else if (this.#flow.awaits(rendition)) this.#held.add(rendition, picture);
  }

  /** To be called once it is connected: sends what was kept for it. */
  begin(): void {
    const { rendition, pictures } = this.#held.take();
    for (const picture of pictures) this.write(rendition, picture);
  }

  /** A piece of sound. */
  writeAudio(chunk: EncodedAudioChunk): void {
    this.session.writeAudio(chunk);
  }

  /** Its codec is sent in other renditions from now on. */
  setLadder(ladder: readonly RenditionInfo[]): void {
    this.#flow.setLadder(this.#usable(ladder));
    this.review(performance.now());
  }

  /** See `ViewerSession.pin`. */
  pin(quality: Quality): void {
    this.#chooser.quality = quality;
    this.review(performance.now());
  }

  /** Looks at the link and chooses anew; to be called about four times a second. */
  review(now: number): void {
    const { connectionState } = this.session;
    if (connectionState === 'closed') return;
    const { rendition, limit, pause, probe } = this.#decide(now);
    if (pause && !this.#flow.paused) this.session.skip();
    const resumes = this.#flow.follow(rendition, pause, now);
    this.#setLimit(limit);
    if (probe !== null) this.session.probe(probe.bitrate, probe.ms);
    const isLate = connectionState === 'connected' && this.#flow.isLate(now);
    if (resumes || isLate) this.requestKeyFrame('dropped');
    if (this.#unasked !== null) this.requestKeyFrame(this.#unasked);
  }

  /** Passes on that it needs a key frame, now or a little later: a viewer may ask as often as it likes. */
  requestKeyFrame(reason: KeyFrameReason): void {
    // A film begins at these: they are neither put off nor forgotten for another.
    const isNew = reason === 'joining' || reason === 'joined';
    // It would be lost on a pause, which ends with one.
    if (this.#flow.paused && !isNew) return;
    const now = performance.now();
    if (!isNew) {
      if (now - this.#askedAt < keyFrameIntervalMs) {
        this.#unasked = reason;
        return;
      }
      this.#askedAt = now;
      this.#unasked = null;
    }
    const rendition = this.#flow.askable()?.id ?? null;
    this.#tell({ kind: 'keyframerequest', reason, rendition });
  }

  /** Tells how to say goodbye for us, where that has changed. */
  tellFarewell(now: number): void {
    if (now - this.#farewellAt < farewellIntervalMs) return;
    const farewell = this.session.farewell();
    if (farewell === null) return;
    this.#farewellAt = now;
    const path = `${farewell.port} ${farewell.remote.join(' ')}`;
    if (path === this.#path) return;
    this.#path = path;
    this.#tell({ kind: 'farewell', farewell });
  }

  /** To be called once its session is closed: it is in no audience any more. */
  close(): void {
    this.#flow.close();
    this.#held.take();
  }

  #decide(now: number): ReturnType<RenditionChooser['decide']> {
    const { ladder, wanted } = this.#flow;
    return this.#chooser.decide(now, this.session.link, ladder, wanted);
  }

  /** Without the source's own pictures where it cannot take them. */
  #usable(ladder: readonly RenditionInfo[]): readonly RenditionInfo[] {
    return ladder.filter(
      ({ level, profile = '' }) => level !== 'source' || profile === this.#untouched,
    );
  }

  #setLimit(bitrate: number | null): void {
    const known = this.#limit;
    const isClose =
      known !== null && bitrate !== null && Math.abs(bitrate - known) < known * limitStep;
    if (bitrate === known || isClose) return;
    this.#limit = bitrate;
    this.#tell({ kind: 'limit', bitrate });
  }
}
