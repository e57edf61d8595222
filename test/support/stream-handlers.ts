import { setTimeout as sleep } from 'node:timers/promises';
import type { AudioData } from '../../src/media/audio-data.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import type { AudioOutput, VideoOutput } from '../../src/realtime/handlers/outputs.js';
import {
  AudioVideoStreamHandler,
  StreamHandler,
} from '../../src/realtime/handlers/stream-handler.js';
import type { ChatMessage } from '../../src/realtime/handlers/stream-handler.js';

/** Microphones as they are: what cleans up voices takes a tone for noise. */
export const plainSound = {
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
};

/** Turns a picture upside down and takes its colours. */
export async function flipAndGrey(frame: VideoFrame): Promise<VideoFrame> {
  using picture = frame;
  const { timestamp } = picture;
  return VideoFrame.fromSharp(picture.toSharp().flip().grayscale(), { timestamp });
}

/** A picture of one colour. */
export function plainPicture(
  colour: readonly [number, number, number],
  timestamp: number,
): VideoFrame {
  const [codedWidth, codedHeight] = [320, 240];
  const pixels = Buffer.alloc(codedWidth * codedHeight * 3);
  for (let at = 0; at < pixels.length; at += 3) pixels.set(colour, at);
  return VideoFrame.fromBuffer(pixels, { format: 'RGB', codedWidth, codedHeight, timestamp });
}

/** Says what it hears, and answers what is written. */
export class VoiceEcho extends StreamHandler {
  readonly #heard: AudioData[] = [];

  copy(): VoiceEcho {
    return new VoiceEcho();
  }

  receive(frame: AudioData): void {
    this.#heard.push(frame);
  }

  emit(): AudioOutput {
    return this.#heard.shift();
  }

  override async onChat({ type, data }: ChatMessage): Promise<void> {
    if (type === 'stop_chat') {
      this.sendMessage({ type: 'chat', id: 'stopped', message: 'Stopped.' });
      return;
    }
    if (data === 'bye') {
      this.connection.close('Good bye.');
      return;
    }
    this.sendMessage({ type: 'log', data: 'pause_detected' });
    for (const part of ['You wrote: ', data]) {
      this.sendMessage({ type: 'chat', id: data, message: part });
    }
    if (data === 'think') return;
    await sleep(0);
    this.sendMessage({ type: 'log', data: 'response_starting' });
    this.sendMessage({ type: 'avatar_end' });
  }
}

/** Says what it hears and shows what it sees. */
export class Mirror extends AudioVideoStreamHandler {
  readonly #heard: AudioData[] = [];
  #picture: VideoFrame | null = null;

  copy(): Mirror {
    return new Mirror();
  }

  receive(frame: AudioData): void {
    this.#heard.push(frame);
  }

  emit(): AudioOutput {
    return this.#heard.shift();
  }

  videoReceive(frame: VideoFrame): void {
    this.#picture?.close();
    this.#picture = frame;
  }

  videoEmit(): VideoOutput {
    const picture = this.#picture;
    this.#picture = null;
    return picture;
  }

  override onChat({ data }: ChatMessage): void {
    this.sendMessage({ type: 'chat', id: data, message: `You wrote: ${data}` });
    this.sendMessage({ type: 'avatar_end' });
  }

  override shutdown(): void {
    this.#picture?.close();
    this.#picture = null;
  }
}
