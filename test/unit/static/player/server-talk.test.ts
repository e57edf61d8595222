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

  it('reports every two seconds, and asks for figures every ten', () => {
    const { talk, sent } = talking();
    for (let second = 0; second < 12; second += 1) talk.look(null, second * 1000);
    expect(sent.map(({ type, wanted }) => [type, wanted])).toEqual(
      [true, false, false, false, false, true].map((wanted) => ['statistics', wanted]),
    );
  });

  it('asks with every report while somebody looks, beginning at once', () => {
    const { talk, sent } = talking();
    talk.look(null, 0);
    talk.watch(true);
    for (let second = 1; second < 6; second += 1) talk.look(null, second * 1000);
    expect(sent.map(({ wanted }) => wanted)).toEqual([true, true, true, true]);
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
