import { describe, expect, it } from 'vitest';
import { loadPageModule } from '../../../support/page-module.js';

const { choicesOf } = await loadPageModule<{
  choicesOf: (ladder: { level: string; bitrate: number }[]) => {
    quality: string;
    rendition: { level: string } | null;
  }[];
}>('quality-menu');

describe('the choice of a quality', () => {
  const rungs = (...levels: string[]): { quality: string; level?: string }[] =>
    choicesOf(levels.map((level) => ({ level, bitrate: 1 }))).map(({ quality, rendition }) => ({
      quality,
      ...(rendition && { level: rendition.level }),
    }));

  it('is none without two renditions, and leaves out what is twice', () => {
    expect(rungs()).toEqual([]);
    expect(rungs('full')).toEqual([]);
    expect(rungs('full', 'half').map(({ quality }) => quality)).toEqual(['auto', 'high', 'low']);
  });

  it('is the first, the middle and the last', () => {
    expect(rungs('source', 'full', 'half', 'quarter')).toEqual([
      { quality: 'auto' },
      { quality: 'high', level: 'source' },
      { quality: 'medium', level: 'half' },
      { quality: 'low', level: 'quarter' },
    ]);
  });
});
