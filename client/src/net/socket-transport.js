import { SocketSound } from '../audio/socket-sound.js';
import {
  StreamFault,
  closedByServerCode,
  connectionLost,
  faultFromMeta,
  serverGone,
  stopped,
  toFault,
} from '../fault.js';

const startTimeoutMs = 10_000;
const pingEveryMs = 3000;
/** Browsers may take minutes to notice a lost network. */
const silenceMs = 10_000;
/** Close codes of servers that stop, start again or are too busy: RFC 6455, 7.4.1, and IANA's registry. */
const serverGoneCodes = new Set([1001, 1012, 1013]);
/** Of sound that waits for the network; what comes then is left out. */
const mostBufferedMs = 1000;

/** @typedef {import('./transport.js').Transport} Transport */

/**
 * Sound and messages over a WebSocket, for networks that let no WebRTC through.
 *
 * @implements {Transport}
 */
export class SocketTransport {
  /** @type {'websocket'} */
  name = 'websocket';
  #plan;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {SocketSound | null} */
  #sound = null;
  #pingTimer = 0;
  #heardAt = 0;
  #started = false;
  #closed = false;
  /** @type {((fault: StreamFault | null) => void) | null} Ends the wait of `connect()`. */
  #settle = null;

  /** @param {import('./transport.js').TransportPlan} plan */
  constructor(plan) {
    this.#plan = plan;
  }

  /** @throws {StreamFault} */
  async connect() {
    const { audioContext, media, hooks, options } = this.#plan;
    try {
      const sound = await SocketSound.create(audioContext, options.url, (piece) =>
        this.#sendSound(piece),
      );
      this.#sound = sound;
      await this.#open(sound.sampleRate);
      const microphone = media.track('audio');
      if (microphone) sound.listenTo(microphone);
      hooks.remote(sound.stream);
      if (audioContext.state === 'suspended') {
        const message = 'The sound has not started yet: click anywhere on the page.';
        hooks.warn({ code: 'playback', message });
      }
    } catch (error) {
      const fault = this.#closed ? stopped() : toFault(error);
      this.close();
      throw fault;
    }
  }

  /** @param {string} text */
  send(text) {
    return this.#post({ event: 'message', data: text });
  }

  /**
   * @param {import('../media/constraints.js').MediaKind} kind
   * @param {MediaStreamTrack} track
   */
  async replaceTrack(kind, track) {
    if (kind === 'audio') this.#sound?.listenTo(track);
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#pingTimer);
    const socket = this.#socket;
    if (socket) {
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ event: 'stop' }));
      socket.close();
    }
    this.#sound?.close();
    this.#settle?.(stopped());
  }

  /**
   * @param {number} sampleRate
   * @returns {Promise<void>}
   */
  #open(sampleRate) {
    if (this.#closed) throw stopped();
    const { signalling, options } = this.#plan;
    const address = signalling.address('websocket/offer');
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      const start = { event: 'start', websocket_id: options.webrtcId };
      const format = { codec: 'pcm16', sampleRate, channels: 1, binary: true, outputs: true };
      socket.send(JSON.stringify({ ...options.fields, ...start, ...format }));
    };
    /** @param {MessageEvent<string | ArrayBuffer>} event */
    const onMessage = ({ data }) => {
      this.#heardAt = performance.now();
      if (typeof data !== 'string') this.#sound?.play(new Int16Array(data));
      else this.#onText(data);
    };
    socket.onmessage = onMessage;
    socket.onclose = (event) => this.#onClose(event);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle?.(noSocket()), startTimeoutMs);
      this.#settle = (fault) => {
        clearTimeout(timer);
        this.#settle = null;
        if (fault) reject(fault);
        else resolve();
      };
    });
  }

  /** @param {Record<string, unknown>} event */
  #post(event) {
    if (!this.#started || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(event));
    return true;
  }

  /** @param {string} text */
  #onText(text) {
    const { hooks } = this.#plan;
    const message = parse(text);
    if (message?.status === 'failed') {
      this.#end(faultFromMeta(message.meta));
      return;
    }
    if (message?.event === 'pong') return;
    switch (message?.type) {
      case 'started':
        this.#begin();
        break;
      case 'clear':
        this.#sound?.clear();
        break;
      case 'output':
        hooks.output({ data: message.data, id: '' });
        break;
      default:
        hooks.message(text);
    }
  }

  #begin() {
    if (this.#started) return;
    this.#started = true;
    this.#pingTimer = setInterval(() => {
      if (performance.now() - this.#heardAt > silenceMs) this.#end(connectionLost());
      else this.#post({ event: 'ping' });
    }, pingEveryMs);
    this.#settle?.(null);
  }

  /** @param {Int16Array<ArrayBuffer>} piece */
  #sendSound(piece) {
    const socket = this.#socket;
    if (!socket || !this.#started || socket.readyState !== WebSocket.OPEN) return;
    const mostBytes = ((this.#sound?.sampleRate ?? 0) * 2 * mostBufferedMs) / 1000;
    if (socket.bufferedAmount <= mostBytes) socket.send(piece);
  }

  /** @param {CloseEvent} event */
  #onClose({ code, reason }) {
    if (!this.#started) this.#end(reason === '' ? noSocket() : closedByServer(code, reason));
    else if (code === 1006) this.#end(connectionLost());
    else this.#end(closedByServer(code, reason));
  }

  /** @param {StreamFault} fault */
  #end(fault) {
    if (this.#closed) return;
    if (this.#settle) {
      this.#settle(fault);
      return;
    }
    this.close();
    this.#plan.hooks.lost(fault);
  }
}

/**
 * @param {string} text
 * @returns {{ event?: string, type?: string, status?: string, meta?: unknown, data?: unknown } | null}
 */
function parse(text) {
  try {
    /** @type {unknown} */
    const value = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null; // free text of a handler
  }
}

function noSocket() {
  return new StreamFault('The server cannot be reached over a WebSocket.', {
    code: 'websocket-failed',
    retryable: true,
  });
}

/**
 * @param {number} code
 * @param {string} reason
 */
function closedByServer(code, reason) {
  if (serverGoneCodes.has(code)) return serverGone();
  const detail = code === 1000 || reason === '' ? '' : `: ${reason}`;
  return new StreamFault(`The server closed the connection${detail}.`, {
    code: closedByServerCode,
  });
}
