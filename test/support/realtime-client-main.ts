/** A {@link RealtimeClient} in a process of its own, told by messages what to do, so that it can be killed and measured apart. */
import process from 'node:process';
import { RealtimeClient } from './realtime-client.js';
import type { RealtimeClientOptions } from './realtime-client.js';
import { postTo } from './realtime-desk.js';

/** What to connect to, and as what. */
export interface ClientOrder {
  url: string;
  options: RealtimeClientOptions;
}

/** What has come so far. */
export interface ClientReport {
  soundPackets: number;
  pictures: number;
}

process.once('message', (order: ClientOrder) => void run(order));

async function run({ url, options }: ClientOrder): Promise<void> {
  const client = await RealtimeClient.connect(postTo(url), options);
  const { soundPackets, pictures } = client;
  process.send?.({ soundPackets, pictures } satisfies ClientReport);
  process.on('message', (question: string) => {
    if (question === 'report') {
      process.send?.({ soundPackets: client.soundPackets, pictures: client.pictures });
    }
    if (question === 'close') void client.close().then(() => process.disconnect());
  });
}
