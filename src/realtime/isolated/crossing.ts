import { AudioData } from '../../media/audio-data.js';
import type { AudioDataInit } from '../../media/audio-data.js';
import type { VideoPixelFormat } from '../../media/pixel-format.js';
import { VideoFrame } from '../../media/video-frame.js';
import { AdditionalOutputs, CloseStream } from '../handlers/outputs.js';

interface SentPicture {
  kind: 'video';
  format: VideoPixelFormat;
  codedWidth: number;
  codedHeight: number;
  timestamp: number;
  duration: number | null;
  data: Uint8Array;
}

/** A frame, as it crosses. */
export type SentFrame = SentPicture | ({ kind: 'audio' } & AudioDataInit);

type SentItem =
  | SentFrame
  | { kind: 'outputs'; args: readonly unknown[] }
  | { kind: 'end'; message: string }
  | { kind: 'nothing' }
  | { kind: 'foreign'; was: string };

/** What a handler gave, as it crosses processes. */
export type SentOutput = readonly SentItem[];

/** A frame on its way to another process. Pictures are copied out of FFmpeg's memory, once; the frame is closed. */
export function sendFrame(frame: AudioData | VideoFrame): SentFrame {
  return frame instanceof AudioData ? describeSound(frame) : describePicture(frame);
}

/** The frame again. */
export function receiveFrame(frame: SentFrame): AudioData | VideoFrame {
  if (frame.kind === 'audio') return new AudioData(frame);
  const { data, duration, ...init } = frame;
  return VideoFrame.fromBuffer(data, { ...init, ...(duration === null ? {} : { duration }) });
}

/**
 * Whatever a handler gave, on its way to the process of its connection; what is none of the kinds it may give crosses as
 * its description, to be complained about there.
 */
export function sendOutput(output: unknown): SentOutput {
  return (Array.isArray(output) ? output : [output]).map(describe);
}

/** What the handler gave. */
export function receiveOutput(sent: SentOutput): unknown {
  const items = sent.map(revive);
  return items.length === 1 ? items[0] : items;
}

function describe(item: unknown): SentItem {
  if (item == null) return { kind: 'nothing' };
  if (item instanceof AudioData) return describeSound(item);
  if (item instanceof VideoFrame) return describePicture(item);
  if (item instanceof AdditionalOutputs) return { kind: 'outputs', args: item.args };
  if (item instanceof CloseStream) return { kind: 'end', message: item.message };
  return { kind: 'foreign', was: typeof item === 'object' ? item.constructor.name : typeof item };
}

function revive(item: SentItem): unknown {
  switch (item.kind) {
    case 'audio':
    case 'video':
      return receiveFrame(item);
    case 'outputs':
      return new AdditionalOutputs(...item.args);
    case 'end':
      return new CloseStream(item.message);
    case 'nothing':
      return null;
    case 'foreign':
      throw new TypeError(`a handler gives frames, outputs or nothing; this one gave ${item.was}`);
  }
}

function describePicture(frame: VideoFrame): SentPicture {
  const format = frame.format ?? 'I420';
  const { codedWidth, codedHeight, timestamp, duration } = frame;
  const data = frame.toBuffer({ format });
  frame.close();
  return { kind: 'video', format, codedWidth, codedHeight, timestamp, duration, data };
}

function describeSound(audio: AudioData): { kind: 'audio' } & AudioDataInit {
  const { format, sampleRate, numberOfChannels, timestamp } = audio;
  // The samples may be part of what others still hold.
  return {
    kind: 'audio',
    format,
    sampleRate,
    numberOfChannels,
    timestamp,
    data: audio.data.slice(),
  };
}
