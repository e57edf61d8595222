import { describe, expect, it } from 'vitest';
import { loadPageModule } from '../../../support/page-module.js';
import type { PageStatistics, ServerTalk, ServerTalkModule } from '../../../support/page-module.js';

const { ServerTalk } = await loadPageModule<ServerTalkModule>('server-talk');
const { figuresOf } = await loadPageModule<{
  figuresOf: (page: Partial<PageStatistics> | null, talk: object) => Record<string, string>;
}>('figures');

describe('the panel', () => {
  it('shows what is not known as a dash', () => {
    const talk = new ServerTalk({});
    expect(new Set(Object.values(figuresOf(null, talk)))).toEqual(new Set(['–']));
  });

  it('names the reasons of what the server dropped', () => {
    const talk = new ServerTalk({});
    const reasons = { droppedTransformBusy: 2, droppedNetwork: 1, droppedEncoderBusy: 0 };
    talk.receive({ type: 'statistics', ...reasons, encodeMs: 4.26, sourceFrameRate: 29.97 });
    expect(figuresOf(null, talk)).toMatchObject({
      'server-drops': '3 (transform busy 2, network 1)',
      encode: '4.3 ms',
      'source-rate': '30.0 fps',
    });
    talk.receive({ type: 'statistics', droppedNetwork: 0 });
    expect(figuresOf(null, talk)['server-drops']).toBe('0');
  });
});
