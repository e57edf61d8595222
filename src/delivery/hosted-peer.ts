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

/** Key frames of the source's own pictures that come so often, ms, are waited for. */
const shortWaitMs = 500;

/** Pictures kept for a viewer that will be connected in a moment; one whose handshake takes longer begins with a fresh one. */
const maxHeld = 8;

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

/** One viewer in its host: its session, and which rendition goes to it. The host closes it. */
export class HostedPeer {
  readonly session: PeerSession;
  readonly #chooser: RenditionChooser = new RenditionChooser();
  readonly #audience: RenditionAudience;
  readonly #tell: (event: ViewerEvent) => void;
  readonly #untouched: string | null;
  #ladder: readonly RenditionInfo[];
  /** Its pictures flow. */
  #current: RenditionInfo | null = null;
  /** Its next key frame is waited for. */
  #next: RenditionInfo | null = null;
  /**
   * An encoding whose first key frame may be shown before that of the source's own pictures, which come when they come: `next` goes
   * on being waited for.
   */
  #bridge: RenditionInfo | null = null;
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
    this.#untouched = options.untouched;
    this.#ladder = this.#usable(options.ladder);
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
      if (this.#first?.id === rendition) this.#hold(picture, isKey);
      return;
    }
    if (isKey && this.#next?.id === rendition) this.#move(this.#next);
    else if (isKey && this.#bridge?.id === rendition) this.#cross(this.#bridge);
    else if (this.#current?.id !== rendition) return;
    if (this.#awaitsKeyFrame && !isKey) return;
    this.#awaitsKeyFrame = false;
    this.session.write(picture);
  }

  /** To be called once it is connected: sends what was kept for it. */
  begin(): void {
    const held = this.#held;
    this.#held = [];
    const id = this.#first?.id;
    if (id !== undefined) for (const picture of held) this.write(id, picture);
  }

  /** A piece of sound. */
  writeAudio(chunk: EncodedAudioChunk): void {
    this.session.writeAudio(chunk);
  }

  /** Its codec is sent in other renditions from now on. */
  setLadder(ladder: readonly RenditionInfo[]): void {
    this.#ladder = this.#usable(ladder);
    const known = (info: RenditionInfo | null): RenditionInfo | null =>
      info && (ladder.find(({ id }) => id === info.id) ?? info);
    this.#bridge = known(this.#bridge);
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
    // The source's own key frames come when they come: meanwhile an encoding is shown.
    const waits = this.#next !== null && (this.#next.level !== 'source' || this.#current === null);
    const connected = this.session.connectionState === 'connected';
    if (waits && connected && now - this.#takenAt >= patienceMs) this.requestKeyFrame('dropped');
    if (this.#unasked !== null) this.requestKeyFrame(this.#unasked);
  }

  /** Passes on that it needs a key frame, now or a little later: a viewer may ask as often as it likes. */
  requestKeyFrame(reason: KeyFrameReason): void {
    if (reason === 'joining') {
      this.#request(reason);
      return;
    }
    const now = performance.now();
    if (now - this.#askedAt < keyFrameIntervalMs) {
      this.#unasked = reason;
      return;
    }
    this.#askedAt = now;
    this.#unasked = null;
    this.#request(reason);
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
    for (const rendition of [this.#current, this.#next, this.#bridge]) {
      if (rendition !== null) this.#audience.remove(rendition.id, this);
    }
  }

  #decide(now: number): ReturnType<RenditionChooser['decide']> {
    return this.#chooser.decide(now, this.session.link, this.#ladder, this.wanted);
  }

  /** What its first picture is to be of. */
  get #first(): RenditionInfo | null {
    return this.#bridge ?? this.#next;
  }

  /** Without the source's own pictures where it cannot take them. */
  #usable(ladder: readonly RenditionInfo[]): readonly RenditionInfo[] {
    return ladder.filter(
      ({ level, profile = '' }) => level !== 'source' || profile === this.#untouched,
    );
  }

  #request(reason: KeyFrameReason): void {
    const { wanted } = this;
    if (wanted?.level === 'source') this.#bridgeOver(wanted);
    const shown = this.#current?.level === 'source' ? null : this.#current;
    const asked = wanted?.level === 'source' ? (this.#bridge ?? shown ?? wanted) : wanted;
    this.#tell({ kind: 'keyframerequest', reason, rendition: asked?.id ?? null });
  }

  /** The source's own pictures have no key frame for the asking: shows an encoding until one comes. */
  #bridgeOver(source: RenditionInfo): void {
    const bridge = this.#ladder.find(({ level }) => level !== 'source');
    const shows = this.#current !== null && this.#current.level !== 'source';
    if (bridge === undefined || this.#bridge !== null || shows) return;
    if ((source.keyFrameMs ?? Infinity) <= shortWaitMs) return;
    this.#next ??= source;
    this.#bridge = bridge;
    this.#audience.add(bridge.id, this);
    this.#tell({ kind: 'take', rendition: bridge });
  }

  #hold(picture: PacketizedVideoChunk, isKey: boolean): void {
    if (isKey) this.#held = [picture];
    else if (this.#held.length >= maxHeld) this.#held = [];
    else if (this.#held.length > 0) this.#held.push(picture);
  }

  #want(rendition: RenditionInfo): void {
    if (rendition.id === (this.#next ?? this.#current)?.id) return;
    this.#held = [];
    const old = [this.#next, this.#bridge];
    this.#next = null;
    this.#bridge = null;
    // Back to what flows still, or on to a third.
    if (rendition.id !== this.#current?.id) {
      this.#await(rendition);
      this.#tell({ kind: 'take', rendition });
    }
    for (const one of old) this.#leave(one);
  }

  #await(rendition: RenditionInfo): void {
    this.#next = rendition;
    this.#takenAt = performance.now();
    this.#audience.add(rendition.id, this);
  }

  #move(rendition: RenditionInfo): void {
    const old = [this.#current, this.#bridge];
    this.#current = rendition;
    this.#next = null;
    this.#bridge = null;
    this.#tell({ kind: 'moved', rendition });
    for (const one of old) this.#leave(one);
  }

  /** As {@link #move}, to go on from there. */
  #cross(bridge: RenditionInfo): void {
    const old = this.#current;
    this.#current = bridge;
    this.#bridge = null;
    this.#tell({ kind: 'moved', rendition: bridge });
    this.#leave(old);
  }

  /** Lets go of a rendition, unless it is still of use. */
  #leave(rendition: RenditionInfo | null): void {
    const used = [this.#current, this.#next, this.#bridge];
    if (rendition === null || used.some((one) => one?.id === rendition.id)) return;
    this.#audience.remove(rendition.id, this);
    this.#tell({ kind: 'drop', rendition: rendition.id });
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
