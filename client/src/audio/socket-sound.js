import { StreamFault, insecurePage } from '../fault.js';

/**
 * Sound for a WebSocket: pieces of the microphone out, pieces of the answer in. Samples are 16-bit, one channel, at the
 * context's own rate: the server converts. Whoever makes it closes it; the context is not closed with it.
 */
export class SocketSound {
  #context;
  #capture;
  #playback;
  /** @type {MediaStreamAudioSourceNode | null} */
  #source = null;
  #destination;

  /**
   * @param {AudioContext} context
   * @param {URL} serverUrl Where the stream is mounted.
   * @param {(piece: Int16Array<ArrayBuffer>) => void} onPiece 20 ms of the microphone.
   * @returns {Promise<SocketSound>}
   * @throws {StreamFault}
   */
  static async create(context, serverUrl, onPiece) {
    // on pages without https there is none, which the types do not know
    if (!(/** @type {{ audioWorklet?: AudioWorklet }} */ (context).audioWorklet))
      throw insecurePage();
    try {
      await Promise.all([
        addWorklet(
          context,
          serverUrl,
          'capture',
          () => new URL('./capture-worklet.js', import.meta.url),
        ),
        addWorklet(
          context,
          serverUrl,
          'playback',
          () => new URL('./playback-worklet.js', import.meta.url),
        ),
      ]);
    } catch (cause) {
      throw new StreamFault("The page's sound could not be started.", { code: 'internal', cause });
    }
    return new SocketSound(context, onPiece);
  }

  /**
   * @param {AudioContext} context
   * @param {(piece: Int16Array<ArrayBuffer>) => void} onPiece
   */
  constructor(context, onPiece) {
    this.#context = context;
    this.#capture = new AudioWorkletNode(context, 'framegear-capture', {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    /** @param {MessageEvent<Int16Array<ArrayBuffer>>} event */
    const onMessage = (event) => onPiece(event.data);
    this.#capture.port.onmessage = onMessage;
    this.#playback = new AudioWorkletNode(context, 'framegear-playback', {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    this.#destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    this.#playback.connect(this.#destination);
  }

  /** Hz of the pieces, both ways. */
  get sampleRate() {
    return this.#context.sampleRate;
  }

  /** The answer, for an audio element. */
  get stream() {
    return this.#destination.stream;
  }

  /** @param {MediaStreamTrack} track Listened to from now on. */
  listenTo(track) {
    this.#source?.disconnect();
    const mediaStream = new MediaStream([track]);
    this.#source = new MediaStreamAudioSourceNode(this.#context, { mediaStream });
    this.#source.connect(this.#capture);
  }

  /** @param {Int16Array} piece Given away. */
  play(piece) {
    this.#playback.port.postMessage(piece, [piece.buffer]);
  }

  /** What waits to be heard is not. */
  clear() {
    this.#playback.port.postMessage(null);
  }

  close() {
    this.#source?.disconnect();
    this.#capture.port.onmessage = null;
    this.#playback.disconnect();
    for (const track of this.stream.getTracks()) track.stop();
  }
}

/**
 * Adds a worklet from where this file is; from the stream's server when a bundler has left it behind.
 *
 * @param {AudioContext} context
 * @param {URL} serverUrl
 * @param {'capture' | 'playback'} name
 * @param {() => URL} beside Written out by the caller, since bundlers look for that form. Throws where `import.meta` means nothing any more.
 */
async function addWorklet(context, serverUrl, name, beside) {
  try {
    await context.audioWorklet.addModule(beside());
  } catch {
    await context.audioWorklet.addModule(new URL(`client/audio/${name}-worklet.js`, serverUrl));
  }
}
