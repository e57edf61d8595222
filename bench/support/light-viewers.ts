/** A crowd of light viewers in a process of their own; takes the orders of `viewers.ts`. */
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { LightViewer } from '../../test/support/light-viewer.js';
import { postOffer } from '../../test/support/werift-viewer.js';
import type { ViewerOrder, ViewerReport } from './viewers.js';

/** Handshakes at a time: each waits for the server's answer most of the time. */
const atOnce = Number(process.env['JOIN_AT_ONCE'] ?? 8);

const viewers: LightViewer[] = [];

process.on('message', (order: ViewerOrder) => void obey(order));

async function obey(order: ViewerOrder): Promise<void> {
  if ('join' in order) {
    const { join, offerUrl, withinMs } = order;
    if (withinMs === undefined) await joinInTurns(join, offerUrl);
    else await joinInTime(join, offerUrl, withinMs);
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

async function joinOne(offerUrl: string): Promise<void> {
  const viewer = await LightViewer.connect(postOffer(offerUrl));
  viewers.push(viewer);
  await viewer.waitForFrames(1);
}

async function joinInTurns(count: number, offerUrl: string): Promise<void> {
  let left = count;
  const turn = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await joinOne(offerUrl);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, turn));
}

async function joinInTime(count: number, offerUrl: string, withinMs: number): Promise<void> {
  const joins = Array.from({ length: count }, async (_, index) => {
    await delay((index * withinMs) / count);
    await joinOne(offerUrl);
  });
  await Promise.all(joins);
}
