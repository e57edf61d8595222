/** Clients in a process of their own, told by messages what to do, so that they can be killed and measured apart. */
import process from 'node:process';
import { RealtimeClient } from './realtime-client.js';
import type { RealtimeClientOptions } from './realtime-client.js';
import { postTo } from './realtime-desk.js';

/** What to connect to, and as what. */
export interface ClientOrder {
  url: string;
  options: RealtimeClientOptions;
  /** How many. */
  count: number;
}

/** What has come so far, to all together. */
export interface ClientReport {
  soundPackets: number;
  pictures: number;
}

process.once('message', (order: ClientOrder) => void run(order));
// Whoever asked for it is gone, or has had enough.
process.once('disconnect', () => process.exit());

async function run({ url, options, count }: ClientOrder): Promise<void> {
  const clients: RealtimeClient[] = [];
  while (clients.length < count) clients.push(await RealtimeClient.connect(postTo(url), options));
  const sum = (what: keyof ClientReport): number =>
    clients.reduce((total, client) => total + client[what], 0);
  const report = (): void => {
    process.send?.({ soundPackets: sum('soundPackets'), pictures: sum('pictures') });
  };
  process.on('message', (question: string) => {
    if (question === 'report') report();
    if (question !== 'close') return;
    void Promise.all(clients.map((client) => client.close())).then(() => process.disconnect());
  });
  report();
}
