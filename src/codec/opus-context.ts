import { Codec, CodecContext, FFmpegError, Frame, Packet, Rational } from 'node-av/lib';
import { AV_SAMPLE_FMT_S16, FF_ENCODER_LIBOPUS } from 'node-av/constants';
import { EncodingError, NotSupportedError } from '../errors.js';
import { channelLayout } from './channel-layout.js';
import { bytesOf } from './native-samples.js';
// Importing it takes stderr away from FFmpeg.
import './ffmpeg-log.js';

/** How an {@link OpusContext} encodes; checked by its owner. */
export interface OpusSettings {
  sampleRate: number;
  numberOfChannels: number;
  /** Frames a packet. */
  frameSize: number;
  bitrate: number;
  application: 'voip' | 'audio' | 'lowdelay';
  complexity: number;
  expectedPacketLoss: number;
  dtx: boolean;
  constrained: boolean;
}

/** One open libopus encoder: a piece in, its packet out. */
export class OpusContext {
  readonly #context: CodecContext;
  readonly #settings: OpusSettings;
  readonly #frame: Frame = new Frame();
  readonly #packet: Packet = new Packet();
  #position = 0n;

  private constructor(context: CodecContext, settings: OpusSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#frame.alloc();
    this.#packet.alloc();
  }

  /**
   * @throws {NotSupportedError} when this FFmpeg lacks libopus, code `no-encoder`.
   * @throws {EncodingError} when it cannot be opened; `cause` is FFmpeg's error.
   */
  static open(settings: OpusSettings): OpusContext {
    const codec = Codec.findEncoderByName(FF_ENCODER_LIBOPUS);
    if (codec === null) {
      throw new NotSupportedError('FFmpeg has no encoder libopus', { code: 'no-encoder' });
    }
    const context = new CodecContext();
    let opened: OpusContext | null = null;
    try {
      context.allocContext3(codec);
      configure(context, settings);
      // Without a dictionary: node-av frees one given to open2Sync() twice.
      FFmpegError.throwIfError(context.open2Sync(codec), 'open the encoder');
      opened = new OpusContext(context, settings);
      opened.#allocate();
      return opened;
    } catch (cause) {
      if (opened === null) context.freeContext();
      else opened.close();
      throw new EncodingError('FFmpeg cannot open the encoder libopus', cause);
    }
  }

  /**
   * @param samples - One piece of `frameSize` frames, interleaved.
   * @throws {FFmpegError} when FFmpeg refuses it.
   */
  encode(samples: Int16Array): Buffer {
    const frame = this.#frame;
    check(frame.makeWritable());
    check(frame.fromBuffer(bytesOf(samples)));
    frame.pts = this.#position;
    this.#position += BigInt(this.#settings.frameSize);
    check(this.#context.sendFrameSync(frame));
    check(this.#context.receivePacketSync(this.#packet));
    const data = Buffer.from(this.#packet.data ?? []);
    this.#packet.unref();
    return data;
  }

  /** Frees it. */
  close(): void {
    this.#packet.free();
    this.#frame.free();
    this.#context.freeContext();
  }

  #allocate(): void {
    const frame = this.#frame;
    frame.format = AV_SAMPLE_FMT_S16;
    frame.sampleRate = this.#settings.sampleRate;
    frame.channelLayout = channelLayout(this.#settings.numberOfChannels);
    frame.nbSamples = this.#settings.frameSize;
    FFmpegError.throwIfError(frame.getBuffer(), 'allocate a frame');
  }
}

function check(code: number): void {
  if (code < 0) throw FFmpegError.fromCode(code) ?? new Error(`FFmpeg gave ${code}`);
}

function configure(context: CodecContext, settings: OpusSettings): void {
  const { sampleRate, frameSize, expectedPacketLoss } = settings;
  context.sampleRate = sampleRate;
  context.channelLayout = channelLayout(settings.numberOfChannels);
  context.sampleFormat = AV_SAMPLE_FMT_S16;
  context.bitRate = BigInt(settings.bitrate);
  context.timeBase = new Rational(1, sampleRate);
  const options = {
    application: settings.application,
    compression_level: String(settings.complexity),
    frame_duration: String((frameSize * 1000) / sampleRate),
    vbr: settings.constrained ? 'constrained' : 'on',
    fec: '1',
    dtx: settings.dtx ? '1' : '0',
    packet_loss: String(expectedPacketLoss),
  };
  for (const [name, value] of Object.entries(options)) {
    FFmpegError.throwIfError(context.setOption(name, value), `set ${name}`);
  }
}
