import { FormatContext, Packet } from 'node-av/lib';
import { AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import type { AudioData } from '../../src/media/audio-data.js';
import type { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import type {
  SourceInfo,
  SourceItem,
  SourceOptions,
  SourceWants,
} from '../../src/source/source-factory.js';
import { readClipNumber } from '../fixtures/clip-picture.js';
import { openSource } from './read-source.js';

/** What came out of a source, in order. */
export interface SeenItems {
  info: SourceInfo;
  order: { kind: SourceItem['kind']; timestamp: number }[];
  frames: { number: number; timestamp: number }[];
  chunks: EncodedVideoChunk[];
  audio: AudioData[];
}

/** Reads everything that is wanted of a source, up to `limit` items, and stops it. */
export async function readItems(
  spec: unknown,
  wants: Partial<SourceWants>,
  options: Partial<SourceOptions> & {
    limit?: number;
    each?: (seen: SeenItems, wants: SourceWants) => SourceWants | undefined;
  } = {},
): Promise<SeenItems> {
  const { limit = 10_000, each, ...sourceOptions } = options;
  const source = await openSource(spec, sourceOptions);
  try {
    let wanted: SourceWants = { frames: false, chunks: false, audio: false, ...wants };
    source.wants = wanted;
    const seen: SeenItems = { info: infoOf(source), order: [], frames: [], chunks: [], audio: [] };
    while (seen.order.length < limit) {
      const item = (await source.next?.()) ?? null;
      if (item === null) break;
      note(seen, item);
      wanted = each?.(seen, wanted) ?? wanted;
      source.wants = wanted;
    }
    seen.info = infoOf(source);
    return seen;
  } finally {
    await source.stop();
  }
}

function infoOf(source: { info: SourceInfo | null }): SourceInfo {
  if (source.info === null) throw new Error('the source has no info after start');
  return source.info;
}

function note(seen: SeenItems, item: SourceItem): void {
  if (item.kind === 'frame') {
    const { timestamp } = item.frame;
    seen.frames.push({ number: readClipNumber(item.frame), timestamp });
    seen.order.push({ kind: 'frame', timestamp });
    item.frame.close();
  } else if (item.kind === 'chunk') {
    seen.chunks.push(item.chunk);
    seen.order.push({ kind: 'chunk', timestamp: item.chunk.timestamp });
  } else {
    seen.audio.push(item.audio);
    seen.order.push({ kind: 'audio', timestamp: item.audio.timestamp });
  }
}

/** Packets of a file's video, as FFmpeg's demuxer reads them. */
export async function packetsOf(file: string): Promise<{ data: Buffer; key: boolean }[]> {
  const input = new FormatContext();
  if ((await input.openInput(file, null, null)) < 0) throw new Error(`cannot open ${file}`);
  await input.findStreamInfo(null);
  const video = input.findBestStream(AVMEDIA_TYPE_VIDEO);
  const packets: { data: Buffer; key: boolean }[] = [];
  using packet = new Packet();
  packet.alloc();
  while ((await input.readFrame(packet)) >= 0) {
    if (packet.streamIndex === video) {
      packets.push({ data: Buffer.from(packet.data as Buffer), key: packet.isKeyframe });
    }
    packet.unref();
  }
  await input.closeInput();
  return packets;
}

/** When bursts of a tone begin and end, ms, with 1 ms of precision. */
export function burstsIn(pieces: readonly AudioData[]): { startMs: number; endMs: number }[] {
  const bursts: { startMs: number; endMs: number }[] = [];
  for (const piece of pieces) {
    const { data, sampleRate, numberOfChannels, timestamp } = piece;
    for (let i = 0; i < data.length; i += numberOfChannels) {
      if (Math.abs(data[i] as number) < 2000) continue;
      const ms = timestamp / 1000 + ((i / numberOfChannels) * 1000) / sampleRate;
      const last = bursts.at(-1);
      if (last !== undefined && ms - last.endMs < 50) last.endMs = ms;
      else bursts.push({ startMs: ms, endMs: ms });
    }
  }
  return bursts;
}
