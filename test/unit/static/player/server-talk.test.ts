import { describe, expect, it } from 'vitest';
import { loadPageModule } from '../../../support/page-module.js';
import type { ServerTalk, ServerTalkModule } from '../../../support/page-module.js';

const { ServerTalk } = await loadPageModule<ServerTalkModule>('server-talk');

describe('ServerTalk', () => {
  const ladder = [
    { level: 'full', bitrate: 2_500_000 },
    { level: 'half', bitrate: 900_000 },
  ];
  interface Sent {
    type: string;
    wanted?: boolean;
    quality?: string;
  }
  function talking(): { talk: ServerTalk; sent: Sent[] } {
    const talk = new ServerTalk({});
    const sent: Sent[] = [];
    talk.begin((message) => sent.push(message as Sent) > 0);
    return { talk, sent };
  }

  const secondsOfReports = (talk: ServerTalk, sent: Sent[], seconds: number): number[] => {
    const times: number[] = [];
    for (let second = 0; second < seconds; second += 1) {
      const before = sent.length;
      talk.look({ processingMs: 23 }, second * 1000);
      if (sent.length > before) times.push(second);
    }
    return times;
  };

  it('reports every ten seconds once it runs evenly, and asks for figures in return', () => {
    const { talk, sent } = talking();
    expect(secondsOfReports(talk, sent, 26)).toEqual([0, 2, 4, 14, 24]);
    expect(sent).toMatchObject(new Array(5).fill({ type: 'statistics', wanted: true }));
    expect(sent[0]).toMatchObject({ playoutMs: 23 });
  });

  it('reports every two seconds while somebody looks, beginning at once', () => {
    const { talk, sent } = talking();
    talk.look({ processingMs: 20 }, -3000);
    talk.watch(true);
    expect(secondsOfReports(talk, sent, 6)).toEqual([0, 2, 4]);
  });

  it('reports every two seconds until it knows how long pictures take', () => {
    const { talk, sent } = talking();
    talk.look(null, -4000);
    talk.look(null, -2000);
    expect(sent).toMatchObject([{ playoutMs: null }, { playoutMs: null }]);
    expect(secondsOfReports(talk, sent, 15)).toEqual([0, 2, 4, 14]);
  });

  it('shows a latency of the last two seconds whenever it reports', () => {
    const { talk } = talking();
    for (const [second, processingMs] of [20, 30, 40, 50].entries()) {
      talk.look({ processingMs }, second * 1000);
    }
    expect(talk.latency).toEqual({ ms: 40, whole: false });
  });

  it('reports as soon as there is a way', () => {
    const talk = new ServerTalk({});
    let open = false;
    let tries = 0;
    talk.begin(() => {
      tries += 1;
      return open;
    });
    talk.look(null, 0);
    open = true;
    talk.look(null, 1000);
    talk.look(null, 2000);
    expect(tries).toBe(2);
  });

  it('takes figures and renditions, and nothing else', () => {
    const { talk } = talking();
    expect(talk.receive({ type: 'statistics', captureToSendMs: 12 })).toBe(true);
    expect(talk.receive({ type: 'renditions', ladder, current: 'half' })).toBe(true);
    expect(talk.receive({ type: 'renditions', ladder: 'none' })).toBe(false);
    expect(talk.receive({ type: 'else' })).toBe(false);
    expect(talk.renditions).toEqual({ ladder, current: 'half' });
    talk.end();
    expect(talk).toMatchObject({ figures: null, renditions: { ladder: [], current: null } });
  });

  it('tells a server that it came back to what the viewer has chosen', () => {
    const { talk, sent } = talking();
    talk.choose('low');
    expect(sent).toEqual([{ type: 'quality', quality: 'low' }]);
    talk.begin((message) => sent.push(message as Sent) > 0);
    talk.receive({ type: 'renditions', ladder, current: 'full' });
    talk.receive({ type: 'renditions', ladder, current: 'half' });
    expect(sent).toEqual(new Array(2).fill({ type: 'quality', quality: 'low' }));
  });
});
