import { ProtocolError } from './protocol-error.js';
import { readId } from './read-event.js';
import type { JsonObject } from './read-event.js';
import { RefusedStartError } from './refusal.js';
import { opusSampleRates } from './sound-format.js';
import type { SoundCodec } from './sound-format.js';

/** What a client asked for in its `start` event. */
export interface StartEvent {
  /** Chosen by the client. */
  readonly id: string;
  /**
   * True when it named any of our additions. Only then is it told `started` and `clear`, which clients of the original know
   * nothing of.
   */
  readonly negotiated: boolean;
  /** How sound is written. Default `mulaw`. */
  readonly codec: SoundCodec;
  /** Hz, both ways; `null`: as the handler says. */
  readonly sampleRate: number | null;
  /** Default 1. */
  readonly numberOfChannels: 1 | 2;
  /** Sound in binary messages instead of JSON. */
  readonly binary: boolean;
  /** Outputs are sent as they come. */
  readonly outputs: boolean;
  /** Whatever else was in it. */
  readonly fields: JsonObject;
}

const additions = ['codec', 'sampleRate', 'channels', 'binary', 'outputs'] as const;

/**
 * Reads a `start` event.
 *
 * @throws {ProtocolError} when a field has the wrong type.
 * @throws {RefusedStartError} `unsupported_format` for sound that is not spoken here.
 */
export function readStart(body: JsonObject): StartEvent {
  const { event, websocket_id, codec, sampleRate, channels, binary, outputs, ...fields } = body;
  const id = readId(body, 'websocket_id');
  const soundCodec = readCodec(codec);
  return {
    id,
    negotiated: additions.some((name) => body[name] !== undefined),
    codec: soundCodec,
    sampleRate: readSampleRate(sampleRate, soundCodec),
    numberOfChannels: readChannels(channels, soundCodec),
    binary: readFlag(binary, 'binary'),
    outputs: readFlag(outputs, 'outputs'),
    fields,
  };
}

function readCodec(codec: unknown): SoundCodec {
  if (codec === undefined) return 'mulaw';
  if (codec === 'mulaw' || codec === 'pcm16' || codec === 'opus') return codec;
  throw unsupported('"codec" must be "mulaw", "pcm16" or "opus"');
}

function readSampleRate(rate: unknown, codec: SoundCodec): number | null {
  if (codec === 'opus') {
    if (rate === undefined) return 48_000;
    if (opusSampleRates.includes(rate as number)) return rate as number;
    throw unsupported(`"sampleRate" of Opus must be one of ${opusSampleRates.join(', ')}`);
  }
  if (rate === undefined) return null;
  if (Number.isInteger(rate) && (rate as number) >= 8000 && (rate as number) <= 192_000) {
    return rate as number;
  }
  throw unsupported('"sampleRate" must be a whole number from 8000 to 192000');
}

function readChannels(channels: unknown, codec: SoundCodec): 1 | 2 {
  if (channels === undefined || channels === 1) return 1;
  if (channels === 2 && codec !== 'mulaw') return 2;
  throw unsupported(`"channels" of ${codec} must be 1${codec === 'mulaw' ? '' : ' or 2'}`);
}

function readFlag(value: unknown, name: string): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw new ProtocolError('invalid-event', `"${name}" must be true or false`);
}

function unsupported(message: string): RefusedStartError {
  return new RefusedStartError('unsupported_format', message);
}
