import { setTimeout as delay } from 'node:timers/promises';
import { Dictionary, FFmpegError, FormatContext, Packet, Rational } from 'node-av/lib';
import { AVFMT_NOFILE } from 'node-av/constants';

/** A clip that is being sent; `stop()` ends it and frees everything. */
export interface Publisher {
  stop(): Promise<void>;
}

/**
 * Sends a clip's packets to a URL over and over, in real time, as a camera or OBS would.
 *
 * @param url - Only some protocols can be told here to wait for a reader (`srt://...?mode=listener`); the
 *   `tee` muxer passes options on: `[f=flv:listen=1]rtmp://...`.
 * @param options - Of the muxer.
 */
export function publish(
  clip: string,
  url: string,
  format: string,
  options: Record<string, string> = {},
): Publisher {
  const stopped = new AbortController();
  const output = new FormatContext();
  FFmpegError.throwIfError(output.allocOutputContext2(null, format, url), 'open a muxer');
  const done = send(clip, output, options, stopped.signal).catch(() => undefined);
  return {
    stop: async (): Promise<void> => {
      stopped.abort();
      output.interrupt();
      await done;
    },
  };
}

async function send(
  clip: string,
  output: FormatContext,
  options: Record<string, string>,
  signal: AbortSignal,
): Promise<void> {
  let offset = 0;
  try {
    let header = false;
    while (!signal.aborted) {
      await using input = new FormatContext();
      FFmpegError.throwIfError(await input.openInput(clip), 'open the clip');
      await input.findStreamInfo();
      if (!header) await writeHeader(input, output, options);
      header = true;
      offset += await sendOnce(input, output, offset, signal);
    }
  } finally {
    await output.closeOutput();
    output.freeContext();
  }
}

async function writeHeader(
  input: FormatContext,
  output: FormatContext,
  options: Record<string, string>,
): Promise<void> {
  for (const { codecpar, timeBase } of input.streams) {
    const stream = output.newStream();
    FFmpegError.throwIfError(codecpar.copy(stream.codecpar), 'copy a stream');
    // A tag of one container means nothing in another.
    stream.codecpar.codecTag = 0;
    stream.timeBase = timeBase;
  }
  if (!output.oformat?.hasFlags(AVFMT_NOFILE)) {
    FFmpegError.throwIfError(await output.openOutput(), 'open the output');
  }
  using dictionary = Dictionary.fromObject(options);
  FFmpegError.throwIfError(await output.writeHeader(dictionary), 'write the header');
}

/** @returns How long the clip is, ms. */
async function sendOnce(
  input: FormatContext,
  output: FormatContext,
  offsetMs: number,
  signal: AbortSignal,
): Promise<number> {
  const startedAt = performance.now();
  const milliseconds = new Rational(1, 1000);
  using packet = new Packet();
  packet.alloc();
  let lengthMs = 0;
  while (!signal.aborted && (await input.readFrame(packet)) >= 0) {
    const index = packet.streamIndex;
    const from = input.streams[index]?.timeBase ?? milliseconds;
    const to = output.streams[index]?.timeBase ?? milliseconds;
    const dueMs = (Number(packet.dts) * 1000 * from.num) / from.den;
    lengthMs = Math.max(lengthMs, dueMs + (Number(packet.duration) * 1000 * from.num) / from.den);
    await delay(Math.max(0, startedAt + dueMs - performance.now()));
    packet.rescaleTs(from, to);
    const shift = BigInt(Math.round((offsetMs * to.den) / (1000 * to.num)));
    packet.pts += shift;
    packet.dts += shift;
    FFmpegError.throwIfError(await output.interleavedWriteFrame(packet), 'send a packet');
    packet.unref();
  }
  return lengthMs;
}
