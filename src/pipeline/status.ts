/**
 * Where a stream stands: `idle` nobody watches; `connecting` the source is being opened; `live`
 * pictures come; `reconnecting` the source is lost and tried again; `ended` it has ended for good;
 * `failed` it cannot go on.
 */
export type StreamState = 'idle' | 'connecting' | 'live' | 'reconnecting' | 'ended' | 'failed';

/** A stream's state with its reason, as shown on the page and in the log. */
export interface StreamStatus {
  /** See {@link StreamState}. */
  readonly state: StreamState;
  /** Why, in words for a viewer; absent when nothing needs saying. */
  readonly reason?: string;
  /** True while an ended source is waited for (`infiniteFrames`). */
  readonly noInput?: boolean;
}
