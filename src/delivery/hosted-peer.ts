import type { EncodedAudioChunk } from '../media/encoded-audio-chunk.js';
import type { PacketizedVideoChunk } from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import type { KeyFrameReason } from '../rtc/peer-session-types.js';
import type { PeerSession } from '../rtc/peer-session.js';
import { RenditionChooser } from './rendition-chooser.js';
import type { Quality } from './rendition-chooser.js';
import type { ViewerEvent } from './viewer-host.js';

/** A viewer's requests for key frames are passed on at most so often; what comes between is not forgotten. */
const keyFrameIntervalMs = 100;
/** A rendition that was taken has so long to bring a key frame before one is asked for. */
const patienceMs = 1000;
/** A limit that differs by less is not worth telling: encoders need not follow every wobble. */
const limitStep = 0.05;

/** A viewer may change its address: how to say goodbye for us is looked at so often. */
const farewellIntervalMs = 5000;

/** Pictures kept for a viewer that will be connected in a moment; one whose handshake takes longer begins with a fresh one. */
const maxHeld = 8;

/** Who gets a rendition's pictures. */
export interface RenditionAudience {
  add(rendition: string, peer: HostedPeer): void;
  remove(rendition: string, peer: HostedPeer): void;
}

/** What {@link HostedPeer} is joined to. */
export interface HostedPeerOptions {
  ladder: readonly RenditionInfo[];
  audience: RenditionAudience;
  tell: (event: ViewerEvent) => void;
}

/** One viewer in its host: its session, and which rendition goes to it. The host closes it. */
export class HostedPeer {
  readonly session: PeerSession;
  readonly #chooser: RenditionChooser = new RenditionChooser();
  readonly #audience: RenditionAudience;
  readonly #tell: (event: ViewerEvent) => void;
  #ladder: readonly RenditionInfo[];
  /** Its pictures flow. */
  #current: RenditionInfo | null = null;
  /** Its next key frame is waited for. */
  #next: RenditionInfo | null = null;
  /** To be taken when the pause ends: a key frame in between would be lost on it. */
  #after: RenditionInfo | null = null;
  #takenAt = 0;
  #paused = false;
  #awaitsKeyFrame = false;
  #limit: number | null = null;
  #askedAt: number = Number.NEGATIVE_INFINITY;
  #unasked: KeyFrameReason | null = null;
  /** From a key frame on. */
  #held: PacketizedVideoChunk[] = [];
  #farewellAt: number = Number.NEGATIVE_INFINITY;
  #path = '';

  constructor(session: PeerSession, options: HostedPeerOptions) {
    this.session = session;
    this.#ladder = options.ladder;
    this.#audience = options.audience;
    this.#tell = options.tell;
    const { rendition } = this.#decide(performance.now());
    if (rendition !== null) this.#await(rendition);
  }

  /** The rendition that it gets or waits for. */
  get wanted(): RenditionInfo | null {
    return this.#after ?? this.#next ?? this.#current;
  }

  /** A picture of a rendition in whose audience it is. */
  write(rendition: string, picture: PacketizedVideoChunk): void {
    if (this.#paused) return;
    const isKey = picture.chunk.type === 'key';
    if (this.session.connectionState !== 'connected') {
      if (this.#next?.id === rendition) this.#hold(picture, isKey);
      return;
    }
    if (this.#next?.id === rendition) {
      if (!isKey) return;
      this.#move(this.#next);
    } else if (this.#current?.id !== rendition) return;
    if (this.#awaitsKeyFrame && !isKey) return;
    this.#awaitsKeyFrame = false;
    this.session.write(picture);
  }

  /** To be called once it is connected: sends what was kept for it. */
  begin(): void {
    const held = this.#held;
    this.#held = [];
    const id = this.wanted?.id;
    if (id !== undefined) for (const picture of held) this.write(id, picture);
  }

  /** A piece of sound. */
  writeAudio(chunk: EncodedAudioChunk): void {
    this.session.writeAudio(chunk);
  }

  /** Its codec is sent in other renditions from now on. */
  setLadder(ladder: readonly RenditionInfo[]): void {
    this.#ladder = ladder;
    const known = (info: RenditionInfo | null): RenditionInfo | null =>
      info && (ladder.find(({ id }) => id === info.id) ?? info);
    this.#current = known(this.#current);
    this.#next = known(this.#next);
    this.#after = known(this.#after);
    this.review(performance.now());
  }

  /** See `ViewerSession.pin`. */
  pin(quality: Quality): void {
    this.#chooser.quality = quality;
    this.review(performance.now());
  }

  /** Looks at the link and chooses anew; to be called about four times a second. */
  review(now: number): void {
    if (this.session.connectionState === 'closed') return;
    const { rendition, limit, pause, probe } = this.#decide(now);
    this.#after = pause ? rendition : null;
    if (rendition !== null && !pause) this.#want(rendition);
    this.#setLimit(limit);
    if (this.#paused && !pause) {
      this.#awaitsKeyFrame = true;
      this.requestKeyFrame('dropped');
    }
    if (pause && !this.#paused) this.session.skip();
    this.#paused = pause;
    if (probe !== null) this.session.probe(probe.bitrate, probe.ms);
    const waits = this.#next !== null && this.session.connectionState === 'connected';
    if (waits && now - this.#takenAt >= patienceMs) this.requestKeyFrame('dropped');
    if (this.#unasked !== null) this.requestKeyFrame(this.#unasked);
  }

  /** Passes on that it needs a key frame, now or a little later: a viewer may ask as often as it likes. */
  requestKeyFrame(reason: KeyFrameReason): void {
    if (reason === 'joining') {
      this.#tell({ kind: 'keyframerequest', reason, rendition: this.wanted?.id ?? null });
      return;
    }
    const now = performance.now();
    if (now - this.#askedAt < keyFrameIntervalMs) {
      this.#unasked = reason;
      return;
    }
    this.#askedAt = now;
    this.#unasked = null;
    this.#tell({ kind: 'keyframerequest', reason, rendition: this.wanted?.id ?? null });
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
    for (const rendition of [this.#current, this.#next]) {
      if (rendition !== null) this.#audience.remove(rendition.id, this);
    }
  }

  #decide(now: number): ReturnType<RenditionChooser['decide']> {
    return this.#chooser.decide(now, this.session.link, this.#ladder, this.wanted);
  }

  #hold(picture: PacketizedVideoChunk, isKey: boolean): void {
    if (isKey) this.#held = [picture];
    else if (this.#held.length >= maxHeld) this.#held = [];
    else if (this.#held.length > 0) this.#held.push(picture);
  }

  #want(rendition: RenditionInfo): void {
    if (rendition.id === (this.#next ?? this.#current)?.id) return;
    this.#held = [];
    const old = this.#next;
    this.#next = null;
    // Back to what flows still, or on to a third.
    if (rendition.id !== this.#current?.id) {
      this.#await(rendition);
      this.#tell({ kind: 'take', rendition });
    }
    if (old !== null) this.#leave(old);
  }

  #await(rendition: RenditionInfo): void {
    this.#next = rendition;
    this.#takenAt = performance.now();
    this.#audience.add(rendition.id, this);
  }

  #move(rendition: RenditionInfo): void {
    const old = this.#current;
    this.#current = rendition;
    this.#next = null;
    this.#tell({ kind: 'moved', rendition });
    if (old !== null) this.#leave(old);
  }

  #leave({ id }: RenditionInfo): void {
    this.#audience.remove(id, this);
    this.#tell({ kind: 'drop', rendition: id });
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
