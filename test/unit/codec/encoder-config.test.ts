import { describe, expect, it } from 'vitest';
import { checkBitrate, checkEncoderConfig } from '../../../src/codec/encoder-config.js';
import type { VideoEncoderConfig } from '../../../src/codec/encoder-config.js';
import { encoderConfig } from '../../support/codec-pictures.js';

describe('checkEncoderConfig', () => {
  it('takes what is right', () => {
    expect(() => checkEncoderConfig(encoderConfig({ framerate: 29.97, width: 1 }))).not.toThrow();
  });

  it.each([
    ['codec', 'hevc', TypeError],
    ['codec', undefined, TypeError],
    ['hardwareAcceleration', 'gpu', TypeError],
    ['width', '640', TypeError],
    ['width', 0, RangeError],
    ['width', 640.5, RangeError],
    ['height', 16_385, RangeError],
    ['height', Number.NaN, RangeError],
    ['bitrate', 0, RangeError],
    ['bitrate', 2e9, RangeError],
    ['bitrate', null, TypeError],
    ['framerate', 0, RangeError],
    ['framerate', Number.NaN, RangeError],
    ['framerate', 1001, RangeError],
  ] as const)('rejects %s %s', (field, value, error) => {
    const config = { ...encoderConfig(), [field]: value };
    expect(() => checkEncoderConfig(config)).toThrow(error);
    expect(() => checkEncoderConfig(config)).toThrow(field);
    expect(() => checkEncoderConfig(config)).toThrow(String(value));
  });

  it('rejects no configuration at all', () => {
    expect(() => checkEncoderConfig(null as unknown as VideoEncoderConfig)).toThrow(TypeError);
  });

  it('rejects a bit rate outside the range', () => {
    expect(() => checkBitrate(9999)).toThrow(RangeError);
    expect(() => checkBitrate(10_000)).not.toThrow();
  });
});
