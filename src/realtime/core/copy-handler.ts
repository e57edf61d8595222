import { describeValue } from '../handlers/describe-value.js';
import type { HandlerConnection } from '../handlers/handler-connection.js';
import { AudioVideoStreamHandler, StreamHandler } from '../handlers/stream-handler.js';
import type { HandlerPlan } from './handler-plan.js';

/**
 * A connection's own handler, bound to it; `null` for functions.
 *
 * @throws {TypeError} when `copy()` gives no handler that will do, and what it throws.
 */
export function copyHandler(
  plan: HandlerPlan,
  connection: HandlerConnection,
): StreamHandler | null {
  if (plan.kind === 'video-function' || plan.kind === 'video-generator') return null;
  const { prototype } = plan;
  const name = `${prototype.constructor.name}.copy()`;
  const copy: unknown = prototype.copy();
  const Kind = plan.kind === 'audio' ? StreamHandler : AudioVideoStreamHandler;
  if (!(copy instanceof Kind)) {
    throw new TypeError(`${name}: expected a handler, got ${describeValue(copy)}`);
  }
  if (copy === prototype) {
    throw new TypeError(`${name}: expected a new handler, got the one that was to be copied`);
  }
  // Clients are answered by the prototype's rate, before there is a copy.
  if (copy.outputSampleRate !== prototype.outputSampleRate) {
    const rates = `${prototype.outputSampleRate}, got ${copy.outputSampleRate}`;
    throw new TypeError(`${name}: expected an outputSampleRate of ${rates}`);
  }
  copy.bind(connection);
  return copy;
}
