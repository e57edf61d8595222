import type { EndReason } from '../core/transport-link.js';

/** Ends that are no ordinary ones: RFC 6455, 7.4.1. */
const codes: Readonly<Record<string, number>> = {
  'server-closed': 1001,
  'handler-error': 1011,
  'transport-error': 1011,
};

/** The code that a socket is closed with when its connection has ended; 1000 for an ordinary end. */
export function closeCodeOf(reason: EndReason): number {
  return codes[reason] ?? 1000;
}
