import { createPacketizer } from '../../src/codec/packetizer.js';
import type { Packetizer } from '../../src/codec/packetizer.js';
import type { HostedViewer } from '../../src/delivery/hosted-viewer.js';
import type { HostSink } from '../../src/delivery/viewer-host.js';
import { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import type { RenditionInfo } from '../../src/media/rendition-info.js';
import { rendition } from './join-delivery.js';

const framerate = 30;
const keyBytes = 12_000;
const deltaBytes = 3000;

interface Channel {
  readonly info: RenditionInfo;
  readonly packetizer: Packetizer;
  readonly holders: Map<HostedViewer, HostSink>;
  wantsKey: boolean;
}

/**
 * Stands for a pipeline: VP8 in name and packets only, 30 pictures a second of every rendition that a viewer holds, each
 * once per sink. A key frame comes when one is asked for, and when somebody takes a rendition. `close()` it.
 */
export class PictureFeed {
  /** Pictures written so far, of all renditions. */
  count = 0;
  readonly #channels: Map<string, Channel> = new Map();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => {
      this.#next();
    }, 1000 / framerate);
  }

  /** Renditions that somebody holds. */
  get held(): string[] {
    return [...this.#channels].filter(([, { holders }]) => holders.size > 0).map(([id]) => id);
  }

  /** Feeds a viewer until it closes. */
  add(viewer: HostedViewer): void {
    const take = (info: RenditionInfo): void => {
      const channel = this.#channel(info);
      channel.holders.set(viewer, viewer.sink);
      channel.wantsKey = true;
    };
    if (viewer.wanted !== null) take(viewer.wanted);
    viewer.on('take', take);
    viewer.on('drop', (id) => this.#channels.get(id)?.holders.delete(viewer));
    viewer.on('keyframerequest', (_reason, id) => {
      for (const channel of this.#channels.values()) {
        if (id === null || channel.info.id === id) channel.wantsKey = true;
      }
    });
    viewer.on('close', () => {
      for (const { holders } of this.#channels.values()) holders.delete(viewer);
    });
  }

  close(): void {
    clearInterval(this.#timer);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #channel(info: RenditionInfo = rendition()): Channel {
    let channel = this.#channels.get(info.id);
    if (channel === undefined) {
      const packetizer = createPacketizer('vp8');
      channel = { info, packetizer, holders: new Map(), wantsKey: true };
      this.#channels.set(info.id, channel);
    }
    return channel;
  }

  #next(): void {
    for (const channel of this.#channels.values()) {
      const sinks = new Set(channel.holders.values());
      if (sinks.size === 0) continue;
      const key = channel.wantsKey;
      channel.wantsKey = false;
      this.count += 1;
      const data = Buffer.alloc(key ? keyBytes : deltaBytes, this.count);
      data[0] = key ? 0 : 1;
      const chunk = new EncodedVideoChunk({
        type: key ? 'key' : 'delta',
        timestamp: Math.round(performance.now() * 1000),
        data,
      });
      const packetized = channel.packetizer.packetize(chunk);
      for (const sink of sinks) sink.write(channel.info, packetized);
    }
  }
}
