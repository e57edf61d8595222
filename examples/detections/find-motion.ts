import type { FrameTransform, TransformContext, VideoFrame } from 'framegear';
import { resize } from 'framegear';

/** A rectangle in fractions of the picture, so that it fits the video at any size. */
export interface Box {
  label: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

const columns = 64;
const rows = 36;

/**
 * Stands in for a detector: boxes whatever moved since the last picture. The picture itself passes
 * untouched; the boxes go to the page over the data channel.
 */
export default class FindMotion implements FrameTransform {
  readonly #small = resize(columns, rows);
  #before: Buffer | null = null;

  async transform(frame: VideoFrame, context: TransformContext): Promise<VideoFrame> {
    const small = await this.#small.transform(frame.clone(), context);
    const now = small?.toBuffer({ format: 'GRAY8' }) ?? null;
    small?.close();
    const box = this.#before && now ? changed(this.#before, now) : null;
    this.#before = now;
    context.send({ boxes: box === null ? [] : [box] });
    return frame;
  }

  async stop(): Promise<void> {
    await this.#small.stop?.();
  }
}

/** The smallest box around all cells that differ visibly. */
function changed(before: Buffer, now: Buffer): Box | null {
  let [left, top, right, bottom] = [columns, rows, -1, -1];
  for (let i = 0; i < now.length; i += 1) {
    if (Math.abs((now[i] as number) - (before[i] as number)) < 24) continue;
    left = Math.min(left, i % columns);
    right = Math.max(right, i % columns);
    top = Math.min(top, Math.floor(i / columns));
    bottom = Math.max(bottom, Math.floor(i / columns));
  }
  if (right < 0) return null;
  return {
    label: 'motion',
    x: left / columns,
    y: top / rows,
    width: (right - left + 1) / columns,
    height: (bottom - top + 1) / rows,
  };
}
