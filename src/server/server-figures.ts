import type { ViewerSessionStats } from '../delivery/viewer-session.js';
import type { PipelineStats } from '../pipeline/pipeline-types.js';

/**
 * What the statistics panel of a page shows of the server's side; goes to the page as it is. Rates are of the last
 * second or two, counts since the server or the viewer's rendition started. The names are the wire's
 * (docs/reference/statistics.md).
 */
export interface ServerFigures {
  readonly type: 'statistics';
  readonly latencyMs: number | null;
  readonly captureToSendMs: number | null;
  readonly rendition: string | null;
  readonly encoder: string | null;
  readonly encodeMs: number | null;
  readonly targetBitrate: number | null;
  readonly bitrate: number;
  readonly linkBitrate: number | null;
  readonly roundTripMs: number | null;
  readonly fractionLost: number | null;
  readonly packetsRetransmitted: number;
  readonly keyFramesSent: number;
  readonly sourceFrameRate: number;
  readonly viewers: number;
  readonly droppedSourceLate: number;
  readonly droppedFrameRate: number;
  readonly droppedTransformBusy: number;
  readonly droppedTransform: number;
  readonly droppedTransformFailed: number;
  readonly droppedEncoderBusy: number;
  readonly droppedEncoderFailed: number;
  readonly droppedNetwork: number;
}

/** Takes from the stream's figures what concerns one viewer. */
export function serverFigures(stream: PipelineStats, viewer: ViewerSessionStats): ServerFigures {
  const rendition = stream.renditions.find(({ id }) => id === viewer.rendition);
  const drops = stream.framesDropped;
  return {
    type: 'statistics',
    latencyMs: round(viewer.latencyMs),
    captureToSendMs: round(viewer.captureToSendMs),
    rendition: viewer.rendition,
    encoder: rendition?.encoder ?? null,
    encodeMs: round(rendition?.encodeMs ?? null),
    targetBitrate: rendition?.targetBitrate ?? null,
    bitrate: viewer.bitrate,
    linkBitrate: viewer.linkBitrate,
    roundTripMs: round(viewer.roundTripMs),
    fractionLost: viewer.fractionLost,
    packetsRetransmitted: viewer.packetsRetransmitted,
    keyFramesSent: viewer.keyFramesSent,
    sourceFrameRate: round(stream.sourceFrameRate) ?? 0,
    viewers: stream.viewers,
    droppedSourceLate: stream.framesLate,
    droppedFrameRate: drops.framerateLimit,
    droppedTransformBusy: drops.transformBusy,
    droppedTransform: drops.transformDropped,
    droppedTransformFailed: drops.transformFailed,
    droppedEncoderBusy: rendition?.framesDropped.busy ?? 0,
    droppedEncoderFailed: rendition?.framesDropped.failed ?? 0,
    droppedNetwork: viewer.framesDropped,
  };
}

/** To a tenth: the rest would be noise, and long. */
function round(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10) / 10;
}
