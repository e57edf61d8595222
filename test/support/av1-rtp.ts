/** One OBU out of RTP: its header byte, type and what follows it. */
export interface ReceivedObu {
  type: number;
  /** With header, without a size. */
  data: Buffer;
}

/**
 * Puts the OBUs of one temporal unit together from RTP payloads, after the AV1 RTP payload format, 4.4; werift's own cannot read
 * payloads whose elements are not counted.
 *
 * @throws {Error} for what the format does not allow.
 */
export function depacketizeAv1(payloads: readonly Buffer[]): {
  key: boolean;
  units: ReceivedObu[];
} {
  const elements: Buffer[] = [];
  let open = false;
  payloads.forEach((payload, index) => {
    const header = payload[0] as number;
    const [continues, continued, count] = [header >> 7, (header >> 6) & 1, (header >> 4) & 3];
    if ((continues === 1) !== open) throw new Error(`payload ${index}: Z does not follow Y`);
    if ((header & 0x08) !== 0 && (continues === 1 || index > 0)) throw new Error('N inside');
    let at = 1;
    for (let i = 0; at < payload.byteLength; i++) {
      let size = payload.byteLength - at;
      if (count === 0 || i < count - 1) {
        size = 0;
        let shift = 0;
        let byte: number;
        do {
          byte = payload[at++] as number;
          size += (byte & 0x7f) << shift;
          shift += 7;
        } while (byte >= 0x80);
      }
      const piece = payload.subarray(at, at + size);
      if (piece.byteLength !== size) throw new Error(`payload ${index}: too short`);
      if (i === 0 && open) elements.push(Buffer.concat([elements.pop() as Buffer, piece]));
      else elements.push(piece);
      at += size;
      if (count > 0 && i >= count) throw new Error(`payload ${index}: more than ${count} elements`);
    }
    open = continued === 1;
  });
  if (open) throw new Error('the last element is not complete');
  const units = elements.map((data) => {
    const header = data[0] as number;
    if ((header & 0x02) !== 0) throw new Error('an element carries its size');
    return { type: (header >> 3) & 0x0f, data };
  });
  return { key: ((payloads[0]?.[0] ?? 0) & 0x08) !== 0, units };
}

/** OBUs as a decoder takes them: with their sizes, behind a delimiter. */
export function sizedUnits(units: readonly ReceivedObu[]): Buffer {
  const sized = units.flatMap(({ data }) => {
    const header = data[0] as number;
    const headerSize = (header & 0x04) === 0 ? 1 : 2;
    const bytes: number[] = [];
    for (let size = data.byteLength - headerSize; ; size >>= 7) {
      bytes.push(size < 0x80 ? size : (size & 0x7f) | 0x80);
      if (size < 0x80) break;
    }
    return [
      Buffer.from([header | 0x02]),
      data.subarray(1, headerSize),
      Buffer.from(bytes),
      data.subarray(headerSize),
    ];
  });
  return Buffer.concat([Buffer.from([0x12, 0]), ...sized]);
}
