import { describe, expect, it } from 'vitest';
import { softwareSettings } from '../../../src/codec/encoder-settings.js';
import { hardwareSettings } from '../../../src/codec/hardware-settings.js';
import { encoderConfig } from '../../support/codec-pictures.js';

describe('softwareSettings', () => {
  it('picks the encoder by codec', () => {
    const names = (['h264', 'vp8', 'vp9'] as const).map(
      (codec) => softwareSettings(encoderConfig({ codec })).encoder,
    );
    expect(names).toEqual(['libx264', 'libvpx', 'libvpx-vp9']);
  });

  it('spends fewer cycles on each pixel of larger pictures', () => {
    const speed = (width: number, height: number): string | undefined =>
      softwareSettings(encoderConfig({ width, height })).options['cpu-used'];
    expect([speed(640, 360), speed(1280, 720), speed(1920, 1080)]).toEqual(['-6', '-10', '-12']);
  });

  it('uses one thread up to 720p30', () => {
    expect(softwareSettings(encoderConfig({ width: 1280, height: 720 })).threads).toBe(1);
  });
});

describe('hardwareSettings', () => {
  it('knows what each platform may have, best first', () => {
    const names = (platform: NodeJS.Platform): string[] =>
      hardwareSettings('h264', platform).map(({ encoder }) => encoder);
    expect(names('linux')).toEqual(['h264_nvenc', 'h264_vaapi', 'h264_qsv', 'h264_v4l2m2m']);
    expect(names('win32')).toEqual(['h264_nvenc', 'h264_qsv', 'h264_amf', 'h264_mf']);
    expect(names('darwin')).toEqual(['h264_videotoolbox']);
    expect(hardwareSettings('vp8', 'darwin')).toEqual([]);
    expect(hardwareSettings('vp9', 'linux').map(({ encoder }) => encoder)).toEqual([
      'vp9_vaapi',
      'vp9_qsv',
    ]);
  });
});
