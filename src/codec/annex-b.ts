const startCode = Buffer.from([0, 0, 1]);

/**
 * The NAL units of an H.264 byte stream, without start codes and padding; slices, not copies. Data
 * without a start code is taken for one NAL unit.
 *
 * @see ITU-T H.264, annex B
 */
export function splitAnnexB(data: Buffer): Buffer[] {
  const units: Buffer[] = [];
  let found = data.indexOf(startCode);
  let start = found < 0 ? 0 : found + startCode.byteLength;
  while (start < data.byteLength) {
    found = data.indexOf(startCode, start);
    let end = found < 0 ? data.byteLength : found;
    // A NAL unit never ends in zero: these belong to the next start code, or pad.
    while (end > start && data[end - 1] === 0) end -= 1;
    if (end > start) units.push(data.subarray(start, end));
    if (found < 0) break;
    start = found + startCode.byteLength;
  }
  return units;
}
