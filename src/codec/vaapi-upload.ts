import { FFmpegError, Frame, HardwareDeviceContext, HardwareFramesContext } from 'node-av/lib';
import type { CodecContext } from 'node-av/lib';
import { AV_HWDEVICE_TYPE_VAAPI, AV_PIX_FMT_NV12, AV_PIX_FMT_VAAPI } from 'node-av/constants';

/** Surfaces on the device: those an encoder refers to, the one at work, and one to spare. */
const surfaces = 8;

/** Brings frames to the memory of a VAAPI device, for its encoders. */
export class VaapiUpload {
  readonly #device: HardwareDeviceContext;
  readonly #frames: HardwareFramesContext;

  private constructor(device: HardwareDeviceContext, frames: HardwareFramesContext) {
    this.#device = device;
    this.#frames = frames;
  }

  /** Opens the machine's first device. @throws {FFmpegError} when there is none. */
  static open(width: number, height: number): VaapiUpload {
    const device = new HardwareDeviceContext();
    const frames = new HardwareFramesContext();
    try {
      FFmpegError.throwIfError(device.create(AV_HWDEVICE_TYPE_VAAPI), 'open a VAAPI device');
      frames.alloc(device);
      frames.format = AV_PIX_FMT_VAAPI;
      frames.swFormat = AV_PIX_FMT_NV12;
      frames.width = width;
      frames.height = height;
      frames.initialPoolSize = surfaces;
      FFmpegError.throwIfError(frames.init(), 'allocate VAAPI surfaces');
      return new VaapiUpload(device, frames);
    } catch (error) {
      frames.free();
      device.free();
      throw error;
    }
  }

  /** Makes an encoder that is not open yet take frames from here. */
  attach(context: CodecContext): void {
    context.hwFramesCtx = this.#frames;
  }

  /** An NV12 frame's pixels on the device, in a frame the caller frees. */
  async upload(frame: Frame): Promise<Frame> {
    const surface = new Frame();
    try {
      surface.alloc();
      FFmpegError.throwIfError(this.#frames.getBuffer(surface), 'take a VAAPI surface');
      FFmpegError.throwIfError(await this.#frames.transferData(surface, frame), 'upload a frame');
      return surface;
    } catch (error) {
      surface.free();
      throw error;
    }
  }

  /** Lets go of the device, after the encoder. */
  close(): void {
    this.#frames.free();
    this.#device.free();
  }
}
