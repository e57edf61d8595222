import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import type { VideoFrame } from '../media/video-frame.js';
import { EncoderInput } from './encoder-input.js';
import { wrapNativeFrame } from './native-frame.js';
import { Turns } from './turns.js';

/**
 * Brings pictures to one size and to what every encoder takes as it is: I420 in BT.601, limited range. Scaling
 * runs beside the event loop; a picture that is so already costs nothing.
 */
export class PictureScaler {
  readonly #input: EncoderInput = new EncoderInput();
  readonly #turns: Turns = new Turns();
  #closing: Promise<void> | null = null;

  /**
   * @param picture - In any format and size; stays the caller's, open until this resolves.
   * @param size - Even both ways. A last odd column or row of the picture is cut off.
   * @returns For the caller to close; it may share the picture's pixels.
   * @throws {EncodingError} when libswscale cannot; {InvalidStateError} after `close()`.
   */
  scale(picture: VideoFrame, size: { width: number; height: number }): Promise<VideoFrame> {
    return this.#turns.take(async () => {
      const native = await this.#input.prepare(picture, AV_PIX_FMT_YUV420P, size);
      return wrapNativeFrame(native, picture);
    });
  }

  /** Frees the tables after the picture at work. The same promise however often it is called. */
  close(): Promise<void> {
    this.#closing ??= this.#turns.take(() => this.#input.close());
    return this.#closing;
  }
}
