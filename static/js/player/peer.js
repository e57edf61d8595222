import { Fault, noMediaPath } from './fault.js';
import { gatherBriefly, postOffer } from './signalling.js';

/**
 * What the server says of its source.
 *
 * @typedef {object} SourceStatus
 * @property {'idle' | 'connecting' | 'live' | 'reconnecting' | 'ended' | 'failed'} state
 * @property {string} [reason]
 * @property {string} [code] `replaced` when another viewer took over.
 *
 * @typedef {object} PeerHandlers
 * @property {(stream: MediaStream, track: MediaStreamTrack) => void} onTrack
 * @property {(status: SourceStatus) => void} onStatus
 * @property {(data: unknown) => void} onMessage What a transform sent.
 * @property {(message: { type?: unknown }) => boolean} onTold Takes other messages of the server.
 * @property {() => void} onInterrupted Packets stopped coming, or come again: see `interrupted`.
 * @property {(fault: Fault) => void} onLost Called at most once; the peer is then closed.
 */

const connectTimeoutMs = 15_000;
/** How long an interruption may last, from when the browser noticed: ICE often recovers. */
const disconnectedTimeoutMs = 3000;

/** One connection to the server, from offer to close. Not used again after that. */
export class Peer {
  #connection;
  #channel;
  #handlers;
  #abort = new AbortController();
  #timer = 0;
  #wasConnected = false;

  /**
   * @param {RTCIceServer[]} iceServers
   * @param {PeerHandlers} handlers
   */
  constructor(iceServers, handlers) {
    this.#handlers = handlers;
    this.#connection = new RTCPeerConnection({
      iceServers,
      bundlePolicy: 'max-bundle',
      iceCandidatePoolSize: 1,
    });
    this.#channel = this.#connection.createDataChannel('framegear');
    this.#channel.onmessage = (event) => this.#onMessage(event.data);
    // a server that takes no data channel closes it unopened, which means nothing
    this.#channel.onopen = () => {
      this.#channel.onclose = () =>
        this.#lose(new Fault('The server closed the connection.', { code: 'closed' }));
    };
    this.#connection.addTransceiver('video', { direction: 'recvonly' });
    this.#connection.addTransceiver('audio', { direction: 'recvonly' });
    this.#connection.ontrack = ({ streams, track, receiver }) => {
      // live video: show each picture as soon as it is there
      if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
      this.#handlers.onTrack(streams[0] ?? new MediaStream([track]), track);
    };
    this.#connection.onconnectionstatechange = () => this.#onConnectionState();
  }

  get connected() {
    return this.#connection.connectionState === 'connected';
  }

  /** True while the browser misses the server; it may come back by itself. */
  get interrupted() {
    return this.#connection.connectionState === 'disconnected';
  }

  /**
   * Resolves once the answer is in place; what happens then comes through the handlers.
   *
   * @param {string} url
   * @param {boolean} usesIceServers
   * @throws {Fault}
   */
  async connect(url, usesIceServers) {
    const { type, sdp = '' } = await this.#connection.createOffer();
    await this.#connection.setLocalDescription({ type, sdp: playsStereo(sdp) });
    await gatherBriefly(this.#connection, usesIceServers);
    const offer = this.#connection.localDescription;
    if (!offer || this.#abort.signal.aborted) throw new Fault('Stopped.', { code: 'stopped' });
    const answer = await postOffer(url, offer, this.#abort.signal);
    if (this.#abort.signal.aborted) throw new Fault('Stopped.', { code: 'stopped' });
    try {
      await this.#connection.setRemoteDescription(answer);
    } catch (error) {
      console.error(error);
      throw new Fault('The server sent an answer this browser cannot use.', { code: 'bad-answer' });
    }
    this.#startTimer(connectTimeoutMs);
  }

  /**
   * Tells the server something.
   *
   * @param {object} message
   * @returns {boolean} False while there is no way.
   */
  send(message) {
    if (this.#channel.readyState !== 'open') return false;
    this.#channel.send(JSON.stringify(message));
    return true;
  }

  /** @returns {Promise<RTCStatsReport | null>} `null` once closed. */
  async getStats() {
    return this.#abort.signal.aborted ? null : this.#connection.getStats();
  }

  /** Tells the server at once. Handlers are not called any more. */
  close() {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#connection.ontrack = null;
    this.#connection.onconnectionstatechange = null;
    this.#channel.onmessage = null;
    this.#channel.onopen = null;
    this.#channel.onclose = null;
    this.#connection.close();
  }

  /** @param {number} ms */
  #startTimer(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lose(this.#lossFault()), ms);
  }

  #onConnectionState() {
    switch (this.#connection.connectionState) {
      case 'connected':
        this.#wasConnected = true;
        clearTimeout(this.#timer);
        this.#handlers.onInterrupted();
        break;
      case 'disconnected':
        this.#startTimer(disconnectedTimeoutMs);
        this.#handlers.onInterrupted();
        break;
      case 'failed':
      case 'closed':
        this.#lose(this.#lossFault());
        break;
      case 'new':
      case 'connecting':
        break;
    }
  }

  #lossFault() {
    return this.#wasConnected
      ? new Fault('The connection was lost.', { code: 'connection-lost' })
      : noMediaPath();
  }

  /** @param {Fault} fault */
  #lose(fault) {
    this.close();
    this.#handlers.onLost(fault);
  }

  /** @param {unknown} text */
  #onMessage(text) {
    /** @type {({ type: 'status' } & SourceStatus) | { type: 'message', data: unknown } | null} */
    let message;
    try {
      /** @type {unknown} */
      const parsed = JSON.parse(String(text));
      message = /** @type {typeof message} */ (parsed);
    } catch {
      return; // not ours: the channel carries JSON only
    }
    if (message?.type === 'status') this.#handlers.onStatus(message);
    else if (message?.type === 'message') this.#handlers.onMessage(message.data);
    else if (message) this.#handlers.onTold(message);
  }
}

/**
 * Without being asked to, browsers play Opus in mono (RFC 7587, 6.1).
 *
 * @param {string} sdp
 */
function playsStereo(sdp) {
  const payloadType = /^a=rtpmap:(\d+) opus\/48000/im.exec(sdp)?.[1];
  if (!payloadType) return sdp;
  return sdp.replace(new RegExp(`^(a=fmtp:${payloadType} (?!.*stereo=).*)$`, 'm'), '$1;stereo=1');
}
