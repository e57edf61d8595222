import type { Card } from './card.js';
import type { StreamStatus } from './status.js';

/** The still picture that tells viewers how their stream stands; `null` when pictures come. */
export function cardFor({ state, reason = '', noInput }: StreamStatus): Card | null {
  if (state === 'ended') return { title: 'The End', text: '' };
  if (state === 'failed') return { title: 'Stream failed', text: reason };
  if (state !== 'reconnecting') return null;
  return noInput ? { title: 'No Input', text: '' } : { title: 'Reconnecting…', text: reason };
}
