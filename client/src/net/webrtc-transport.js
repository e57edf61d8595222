import {
  StreamFault,
  closedByServerCode,
  connectionLost,
  noMediaPath,
  stopped,
  toFault,
} from '../fault.js';
import { CandidateSender } from './candidate-sender.js';
import { kindsOf } from './transport.js';

/** @typedef {import('../media/constraints.js').MediaKind} MediaKind */

/** When the visitor hears that something may be in the way. */
const hintAfterMs = 5000;
/** How long an interruption may last, from when the browser noticed: ICE often recovers. */
const interruptionMs = 3000;
/** Texts that wait for the channel. */
const mostTexts = 64;

/** @typedef {import('./transport.js').Transport} Transport */

/**
 * One peer connection, from offer to close.
 *
 * @implements {Transport}
 */
export class WebRtcTransport {
  /** @type {'webrtc'} */
  name = 'webrtc';
  #plan;
  #peer;
  #channel;
  #candidates;
  #abort = new AbortController();
  #remote = new MediaStream();
  /** @type {string[]} */
  #texts = [];
  #interruptionTimer = 0;
  #wasConnected = false;
  /** @type {((fault: StreamFault | null) => void) | null} Ends the wait of `connect()`. */
  #settle = null;

  /** @param {import('./transport.js').TransportPlan} plan */
  constructor(plan) {
    this.#plan = plan;
    this.#peer = new RTCPeerConnection(plan.configuration.rtcConfiguration ?? {});
    // before the tracks: the data section comes first, as FastRTC's own client has it
    this.#channel = this.#peer.createDataChannel('text');
    const { webrtcId } = plan.options;
    this.#candidates = new CandidateSender((candidate) =>
      plan.signalling.postCandidate(webrtcId, candidate, this.#abort.signal),
    );
    this.#listen();
    this.#addMedia();
  }

  /** @throws {StreamFault} */
  async connect() {
    try {
      await this.#negotiate();
      await this.#connected();
    } catch (error) {
      const fault = this.#abort.signal.aborted ? stopped() : toFault(error);
      this.close();
      throw fault;
    }
  }

  /** @param {string} text Kept for the channel when it is not open yet. */
  send(text) {
    const { readyState } = this.#channel;
    if (readyState === 'open') this.#channel.send(text);
    else if (readyState === 'connecting' && this.#texts.length < mostTexts) this.#texts.push(text);
    else return false;
    return true;
  }

  /**
   * @param {MediaKind} kind
   * @param {MediaStreamTrack} track
   */
  async replaceTrack(kind, track) {
    const transceiver = this.#peer
      .getTransceivers()
      .find(({ sender, receiver }) => sender.track?.kind === kind || receiver.track.kind === kind);
    await transceiver?.sender.replaceTrack(track);
  }

  close() {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    clearTimeout(this.#interruptionTimer);
    this.#candidates.stop();
    const peer = this.#peer;
    peer.ontrack = null;
    peer.onicecandidate = null;
    peer.onconnectionstatechange = null;
    this.#channel.onopen = null;
    this.#channel.onmessage = null;
    this.#channel.onclose = null;
    for (const transceiver of peer.getTransceivers()) {
      if (peer.signalingState !== 'closed') transceiver.stop();
    }
    peer.close();
    this.#settle?.(stopped());
  }

  #listen() {
    const { hooks } = this.#plan;
    const peer = this.#peer;
    peer.onicecandidate = ({ candidate }) => this.#candidates.add(candidate);
    peer.onconnectionstatechange = () => this.#onConnectionState();
    peer.ontrack = ({ track, receiver }) => {
      // live pictures: show each as soon as it is there
      if (track.kind === 'video' && 'jitterBufferTarget' in receiver)
        receiver.jitterBufferTarget = 0;
      this.#remote = new MediaStream([...this.#remote.getTracks(), track]);
      hooks.remote(this.#remote);
    };
    const channel = this.#channel;
    channel.onmessage = (event) => {
      if (typeof event.data === 'string') hooks.message(event.data);
    };
    // a server that takes no data channel closes it unopened, which means nothing
    channel.onopen = () => {
      for (const text of ['handshake', ...this.#texts.splice(0)]) channel.send(text);
      channel.onclose = () => this.#lose(closedByServer(this.#plan.configuration.saysWhy));
    };
  }

  #addMedia() {
    const { configuration, media } = this.#plan;
    const { mode, modality } = configuration;
    /** @type {RTCRtpTransceiverDirection} */
    const direction = mode === 'receive' ? 'recvonly' : mode === 'send' ? 'sendonly' : 'sendrecv';
    for (const kind of kindsOf(modality)) {
      const track = media.track(kind);
      this.#peer.addTransceiver(track ?? kind, { direction, streams: [media.stream] });
    }
  }

  async #negotiate() {
    const { options, signalling, configuration } = this.#plan;
    const peer = this.#peer;
    await peer.setLocalDescription();
    const offer = peer.localDescription;
    const answer = await signalling.postOffer(
      { ...options.fields, webrtc_id: options.webrtcId, type: 'offer', sdp: offer?.sdp ?? '' },
      this.#abort.signal,
    );
    this.#abort.signal.throwIfAborted();
    try {
      await peer.setRemoteDescription(answer);
    } catch (cause) {
      throw new StreamFault('The server sent an answer this browser cannot use.', {
        code: 'bad-answer',
        cause,
      });
    }
    this.#candidates.start();
    if (configuration.rtpParams) await this.#setParameters(configuration.rtpParams);
  }

  /** @param {Partial<RTCRtpSendParameters>} parameters */
  async #setParameters(parameters) {
    for (const sender of this.#peer.getSenders()) {
      if (!sender.track) continue;
      try {
        await sender.setParameters({ ...sender.getParameters(), ...parameters });
      } catch (error) {
        const message = `This browser refuses the stream's send parameters: ${String(error)}.`;
        this.#plan.hooks.warn({ code: 'parameters', message });
      }
    }
  }

  /** @returns {Promise<void>} */
  #connected() {
    const { options, hooks } = this.#plan;
    if (this.#peer.connectionState === 'connected') return Promise.resolve();
    this.#abort.signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const hint = setTimeout(() => {
        hooks.warn({
          code: 'slow-connection',
          message: 'Connecting takes longer than usual. Are you on a VPN?',
        });
      }, hintAfterMs);
      const timer = setTimeout(() => this.#settle?.(noMediaPath()), options.connectTimeoutMs);
      this.#settle = (fault) => {
        clearTimeout(hint);
        clearTimeout(timer);
        this.#settle = null;
        if (fault) reject(fault);
        else resolve();
      };
    });
  }

  #onConnectionState() {
    const { hooks } = this.#plan;
    clearTimeout(this.#interruptionTimer);
    switch (this.#peer.connectionState) {
      case 'connected':
        if (this.#wasConnected) hooks.interrupted(false);
        this.#wasConnected = true;
        this.#settle?.(null);
        break;
      case 'disconnected':
        if (!this.#wasConnected) break;
        hooks.interrupted(true);
        this.#interruptionTimer = setTimeout(() => this.#lose(connectionLost()), interruptionMs);
        break;
      case 'failed':
      case 'closed':
        if (this.#settle) this.#settle(noMediaPath());
        else if (this.#wasConnected) this.#lose(connectionLost());
        break;
      case 'new':
      case 'connecting':
        break;
    }
  }

  /** @param {StreamFault} fault */
  #lose(fault) {
    if (this.#abort.signal.aborted) return;
    this.close();
    this.#plan.hooks.lost(fault);
  }
}

/** @param {boolean} saysWhy Whether an end that is meant would have been said before. */
function closedByServer(saysWhy) {
  return new StreamFault('The server closed the connection.', {
    code: closedByServerCode,
    retryable: saysWhy,
  });
}
