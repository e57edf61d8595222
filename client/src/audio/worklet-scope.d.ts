// The scope of audio worklets, which the library "dom" leaves out.

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

/** Hz of the context the worklet belongs to. */
declare const sampleRate: number;

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
