/** While the way to the server is not open, it is tried again so often, in ms. */
const retryMs = 200;

/**
 * Tells the server whether the sound is played: a muted page needs none, and without it pictures wait for nothing. Told
 * once there is sound, which shows that the stream has any.
 */
export class SoundWish {
  #video;
  /** @type {MediaStreamTrack | null} */
  #track = null;
  /** @type {((message: object) => boolean) | null} */
  #send = null;
  /** What the server knows; it begins with sending. */
  #wanted = true;
  #timer = 0;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
    video.addEventListener('volumechange', () => this.#tell());
  }

  /**
   * A track of a new connection.
   *
   * @param {MediaStreamTrack} track
   * @param {(message: object) => boolean} send False while there is no way.
   */
  follow(track, send) {
    if (track.kind !== 'audio') return;
    this.end();
    this.#track = track;
    this.#send = send;
    this.#wanted = true;
    track.addEventListener('unmute', () => this.#tell());
    this.#tell();
  }

  /** The connection is gone. */
  end() {
    clearTimeout(this.#timer);
    this.#track = null;
    this.#send = null;
  }

  #tell() {
    clearTimeout(this.#timer);
    const wanted = !this.#video.muted;
    if (!this.#track || this.#track.muted || !this.#send || wanted === this.#wanted) return;
    if (this.#send({ type: 'audio', wanted })) this.#wanted = wanted;
    else this.#timer = setTimeout(() => this.#tell(), retryMs);
  }
}
