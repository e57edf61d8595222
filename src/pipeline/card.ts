import sharp from 'sharp';
import type { OverlayOptions } from 'sharp';
import { renderText } from '../media/text-picture.js';
import { VideoFrame } from '../media/video-frame.js';

/** A still picture that says why there is no other: "The End", "No Input", "Reconnecting…". */
export interface Card {
  /** In large letters. */
  title: string;
  /** One or two sentences below; may be empty. */
  text: string;
}

/** Draws a card at the given size, without text where there is no room; the frame's timestamp is 0. */
export async function renderCard(card: Card, width: number, height: number): Promise<VideoFrame> {
  const background = sharp({ create: { width, height, channels: 3, background: '#12161d' } });
  if (width < 64 || height < 36) return VideoFrame.fromSharp(background, { timestamp: 0 });
  const unit = Math.max(8, Math.min(width / 16, height / 9));
  const title = await layer(card.title, unit * 0.8, '#f4f6fa', width);
  const text = card.text === '' ? null : await layer(card.text, unit * 0.3, '#9aa4b5', width);
  const gap = Math.round(unit * 0.4);
  const total = title.height + (text === null ? 0 : gap + text.height);
  const top = Math.max(0, Math.round((height - total) / 2));
  const layers: OverlayOptions[] = [at(title, width, top)];
  if (text !== null && top + total <= height) {
    layers.push(at(text, width, top + title.height + gap));
  }
  return VideoFrame.fromSharp(background.composite(layers), { timestamp: 0 });
}

async function layer(
  text: string,
  fontSize: number,
  color: string,
  width: number,
): Promise<{ data: Buffer; width: number; height: number }> {
  const room = Math.max(16, Math.floor(width * 0.84));
  const picture = await renderText(text, {
    fontSize: Math.max(6, Math.round(fontSize)),
    color,
    width: room,
    align: 'centre',
  });
  return picture;
}

function at(
  picture: { data: Buffer; width: number; height: number },
  width: number,
  top: number,
): OverlayOptions {
  return {
    input: picture.data,
    raw: { width: picture.width, height: picture.height, channels: 4 },
    left: Math.max(0, Math.round((width - picture.width) / 2)),
    top,
  };
}
