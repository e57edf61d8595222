/** A crowd of light viewers in a process of their own; takes the orders of `viewers.ts`. */
import process from 'node:process';
import { LightViewer } from '../../test/support/light-viewer.js';
import { postOffer } from '../../test/support/werift-viewer.js';
import type { ViewerOrder, ViewerReport } from './viewers.js';

/** Handshakes at a time: each waits for the server's answer most of the time. */
const atOnce = Number(process.env['JOIN_AT_ONCE'] ?? 8);

const viewers: LightViewer[] = [];

process.on('message', (order: ViewerOrder) => void obey(order));

async function obey(order: ViewerOrder): Promise<void> {
  if ('join' in order) {
    let left = order.join;
    const join = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const viewer = await LightViewer.connect(postOffer(order.offerUrl));
        viewers.push(viewer);
        await viewer.waitForFrames(1);
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, left) }, join));
  }
  if ('leave' in order) await Promise.all(viewers.splice(0).map((viewer) => viewer.close()));
  process.send?.(
    viewers.map((viewer): ViewerReport => {
      const { frames, lost, bytes, firstFrameMs, longestGapMs } = viewer;
      viewer.longestGapMs = 0;
      return { frames, lost, bytes, firstFrameMs, longestGapMs };
    }),
  );
}
