/** Viewers in a process of their own: what they cost must not count for the server. */
import process from 'node:process';
import type { ReceivableCodecName } from '../../src/media/encoded-video-chunk.js';
import { WeriftViewer, postOffer } from '../../test/support/werift-viewer.js';

/** Ask with `{ join }`, `{ report }` or `{ leave }`; `withinMs` spreads joins of light ones over that time, whether or not the last are done. */
export type ViewerOrder =
  | { join: number; offerUrl: string; withinMs?: number; codecs?: ReceivableCodecName[] }
  | { report: true }
  | { leave: true };

/** One line per viewer. */
export interface ViewerReport {
  frames: number;
  lost: number;
  bytes: number;
  firstFrameMs: number;
  /** Longest time between two pictures since the last report, in ms; of light viewers only. */
  longestGapMs?: number;
}

const viewers: WeriftViewer[] = [];

process.on('message', (order: ViewerOrder) => void obey(order));

async function obey(order: ViewerOrder): Promise<void> {
  if ('join' in order) {
    for (let i = 0; i < order.join; i += 1) {
      const { offerUrl, codecs } = order;
      const viewer = await WeriftViewer.connect(postOffer(offerUrl), {
        ...(codecs ? { codecs } : {}),
        editOffer: likeBrowsers,
      });
      viewers.push(viewer);
      await viewer.waitForFrames(1);
    }
  }
  if ('leave' in order) await Promise.all(viewers.splice(0).map((viewer) => viewer.close()));
  process.send?.(
    viewers.map(({ frames, lost, bytes, firstFrameMs }): ViewerReport => {
      return { frames, lost, bytes, firstFrameMs };
    }),
  );
}

/** Browsers decode H.264 of high profile. */
function likeBrowsers(sdp: string): string {
  return sdp.replace(/profile-level-id=\w+/g, 'profile-level-id=640034');
}
