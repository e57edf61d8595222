import { BitReader } from './bit-reader.js';

/** What a sequence parameter set says that decides whether a browser can take the stream as it is. */
export interface H264Sps {
  /** Six hexadecimal digits, as an SDP has it (RFC 6184, 8.1). */
  profileLevelId: string;
  /** `profile_idc`: 66 baseline, 77 main, 100 high. */
  profile: number;
  /** 8 bits of luma and chroma, 4:2:0. */
  usual: boolean;
  /** Whole pictures only, no fields. */
  progressive: boolean;
}

/** Profiles that state their chroma format and bit depth (ITU-T H.264, 7.3.2.1.1). */
const highProfiles = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/**
 * Reads the beginning of a sequence parameter set.
 *
 * @param unit - The NAL unit with its header byte, without start code.
 * @returns `null` when it is none, or cut off.
 * @see ITU-T H.264, 7.3.2.1.1
 */
export function parseH264Sps(unit: Buffer): H264Sps | null {
  if (unit.byteLength < 5 || ((unit[0] as number) & 0x1f) !== 7) return null;
  const profile = unit[1] as number;
  const profileLevelId = unit.toString('hex', 1, 4);
  const reader = new BitReader(withoutEmulation(unit.subarray(4)));
  reader.ue(); // seq_parameter_set_id
  let usual = true;
  if (highProfiles.has(profile)) {
    const chromaFormat = reader.ue();
    if (chromaFormat === 3) reader.bit(); // separate_colour_plane_flag
    const deep = reader.ue() + reader.ue() > 0;
    reader.bit(); // qpprime_y_zero_transform_bypass_flag
    if (reader.bit() === 1) skipScalingMatrix(reader, chromaFormat === 3 ? 12 : 8);
    usual = chromaFormat === 1 && !deep;
  }
  reader.ue(); // log2_max_frame_num_minus4
  skipPictureOrder(reader);
  reader.ue(); // max_num_ref_frames
  reader.bit(); // gaps_in_frame_num_value_allowed_flag
  reader.ue(); // pic_width_in_mbs_minus1
  reader.ue(); // pic_height_in_map_units_minus1
  const progressive = reader.bit() === 1;
  return reader.exhausted ? null : { profileLevelId, profile, usual, progressive };
}

function skipScalingMatrix(reader: BitReader, lists: number): void {
  for (let list = 0; list < lists; list++) {
    if (reader.bit() === 0) continue;
    let [last, next] = [8, 8];
    for (let i = 0; i < (list < 6 ? 16 : 64); i++) {
      if (next !== 0) next = (last + reader.se() + 256) % 256;
      last = next === 0 ? last : next;
    }
  }
}

function skipPictureOrder(reader: BitReader): void {
  const type = reader.ue();
  if (type === 0) reader.ue(); // log2_max_pic_order_cnt_lsb_minus4
  if (type !== 1) return;
  reader.bit(); // delta_pic_order_always_zero_flag
  reader.se(); // offset_for_non_ref_pic
  reader.se(); // offset_for_top_to_bottom_field
  const count = Math.min(reader.ue(), 255);
  for (let i = 0; i < count; i++) reader.se();
}

/** A 3 after two zeros is there to keep start codes out (ITU-T H.264, 7.4.1.1). */
function withoutEmulation(data: Buffer): Buffer {
  const clean: number[] = [];
  let zeros = 0;
  for (const byte of data) {
    const added = zeros >= 2 && byte === 3;
    if (!added) clean.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Buffer.from(clean);
}
