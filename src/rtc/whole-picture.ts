/** A picture put together from its payloads. */
export interface WholePicture {
  /** The bitstream; H.264 in Annex B. */
  readonly data: Buffer;
  /** True when it can be decoded alone. */
  readonly key: boolean;
}
