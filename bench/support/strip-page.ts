/** Runs in a page: notes when each picture of its video is on the screen, and what time it carries. */
import { readTimestampStrip } from '../../src/source/testsrc/timestamp-strip.js';

/** One picture as a page saw it; times in ms since 1970. */
export interface SeenPicture {
  /** The page's script could read it. */
  seenAt: number;
  /** The last packet of it came; NaN when the browser does not tell. */
  receivedAt: number;
  /** Painted into it; `null` when it cannot be read. */
  paintedAt: number | null;
  /** Pictures shown so far, those included that no script was called for. */
  shown: number;
  /** The picture's size. */
  height: number;
}

// What pages have and Node has not.
interface Metadata {
  presentedFrames: number;
  receiveTime?: number;
}
interface Video {
  videoWidth: number;
  videoHeight: number;
  requestVideoFrameCallback(callback: (now: number, metadata: Metadata) => void): void;
}
interface Context {
  drawImage(image: Video, ...place: number[]): void;
  getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
}
declare const document: { querySelector(selector: string): Video };
declare const OffscreenCanvas: new (
  width: number,
  height: number,
) => { getContext(kind: '2d', options: { willReadFrequently: boolean }): Context };
declare const window: { seenPictures: SeenPicture[] };

const width = 640;
/** The strip is an eighteenth of a picture: one row of as many. */
const height = 18;

const pictures: SeenPicture[] = [];
const video = document.querySelector('video');
const context = new OffscreenCanvas(width, 1).getContext('2d', { willReadFrequently: true });
const luma = new Uint8Array(width * height);

function look(_now: number, metadata: Metadata): void {
  const seenAt = Date.now();
  const { videoWidth, videoHeight } = video;
  const row = videoHeight - Math.floor(videoHeight / 36);
  context.drawImage(video, 0, row, videoWidth, 1, 0, 0, width, 1);
  const { data } = context.getImageData(0, 0, width, 1);
  for (let x = 0; x < width; x += 1) luma[(height - 1) * width + x] = data[4 * x] as number;
  pictures.push({
    seenAt,
    receivedAt: (metadata.receiveTime ?? Number.NaN) + performance.timeOrigin,
    paintedAt: readTimestampStrip(luma, width, width, height),
    shown: metadata.presentedFrames,
    height: videoHeight,
  });
  video.requestVideoFrameCallback(look);
}

window.seenPictures = pictures;
video.requestVideoFrameCallback(look);
