import type { AudioData } from '../../src/media/audio-data.js';
import type { VideoFrame } from '../../src/media/video-frame.js';
import type { TransportName } from '../../src/realtime/handlers/handler-connection.js';
import type { TransportLink } from '../../src/realtime/core/transport-link.js';

/** A piece of sound that a {@link FakeLink} was to play, and when. */
export interface PlayedPiece {
  readonly frame: AudioData;
  readonly atMs: number;
}

/** What a shown picture was like; it has been closed. */
export interface ShownPicture {
  readonly frame: VideoFrame;
  readonly timestamp: number;
  readonly codedWidth: number;
  readonly atMs: number;
}

/** A link that writes down what its connection asks of it, and does what its script says. */
export class FakeLink implements TransportLink {
  readonly name: TransportName;
  takesMessages = true;
  audioLeadMs = 0;
  readonly texts: string[] = [];
  readonly played: PlayedPiece[] = [];
  readonly shown: ShownPicture[] = [];
  cleared = 0;
  readonly closedWith: string[] = [];
  asked = 0;
  /** Answers `isAlive()`. */
  alive: boolean | Promise<boolean> = true;
  /** What a picture waits for before the next is taken. */
  showing: Promise<void> = Promise.resolve();
  /** What `close()` waits for. */
  closing: Promise<void> = Promise.resolve();
  audioPlayed?: () => Promise<void>;

  constructor(name: TransportName = 'webrtc') {
    this.name = name;
    if (name === 'telephone') this.takesMessages = false;
  }

  /** The texts, as the client reads them. */
  get messages(): { type: string; data?: unknown; message?: string }[] {
    return this.texts.map((text) => JSON.parse(text) as { type: string });
  }

  /** Types of the messages, in order. */
  get types(): string[] {
    return this.messages.map(({ type }) => type);
  }

  send(text: string): void {
    this.texts.push(text);
  }

  playAudio(frame: AudioData): void {
    this.played.push({ frame, atMs: performance.now() });
  }

  clearAudio(): void {
    this.cleared += 1;
  }

  async showVideo(frame: VideoFrame): Promise<void> {
    const { timestamp, codedWidth } = frame;
    this.shown.push({ frame, timestamp, codedWidth, atMs: performance.now() });
    await this.showing;
    frame.close();
  }

  async isAlive(): Promise<boolean> {
    this.asked += 1;
    return this.alive;
  }

  async close(reason: string): Promise<void> {
    this.closedWith.push(reason);
    await this.closing;
  }
}
