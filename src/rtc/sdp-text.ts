/** One `a=` line: `a=name:value`, or `a=name` with an empty value. */
export interface SdpAttribute {
  /** What stands before the first colon. */
  readonly name: string;
  /** What stands behind it. */
  readonly value: string;
}

/** One `m=` section. */
export interface SdpSection {
  /** `audio`, `video`, `application`, ... */
  readonly kind: string;
  /** Port of the `m=` line; 0 says rejected, or `bundle-only`. */
  readonly port: number;
  /** Transport, e.g. `UDP/TLS/RTP/SAVPF`. */
  readonly protocol: string;
  /** Payload types, or `webrtc-datachannel`. */
  readonly formats: readonly string[];
  /** In their order. */
  readonly attributes: readonly SdpAttribute[];
}

/** A session description, cut into lines (RFC 8866). */
export interface SdpText {
  /** Attributes before the first `m=` line. */
  readonly attributes: readonly SdpAttribute[];
  /** In their order, which an answer must keep. */
  readonly sections: readonly SdpSection[];
}

/** No browser comes near; a bound on what a stranger can make us build. */
const maxSections = 64;

/** Cuts a session description into sections; `null` when it is none. */
export function parseSdp(text: string): SdpText | null {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines[0]?.trim() !== 'v=0') return null;
  const sessionAttributes: SdpAttribute[] = [];
  const sections: (SdpSection & { attributes: SdpAttribute[] })[] = [];
  for (const line of lines) {
    if (line.startsWith('m=')) {
      const section = parseMediaLine(line);
      if (section === null || sections.length === maxSections) return null;
      sections.push(section);
    } else if (line.startsWith('a=')) {
      (sections.at(-1)?.attributes ?? sessionAttributes).push(parseAttribute(line));
    }
  }
  return { attributes: sessionAttributes, sections };
}

/** The value of the first attribute of that name. */
export function findAttribute(
  { attributes }: Pick<SdpText, 'attributes'>,
  name: string,
): string | undefined {
  return attributes.find((attribute) => attribute.name === name)?.value;
}

/** The values of all attributes of that name. */
export function allAttributes(
  { attributes }: Pick<SdpText, 'attributes'>,
  name: string,
): readonly string[] {
  return attributes
    .filter((attribute) => attribute.name === name)
    .map((attribute) => attribute.value);
}

function parseMediaLine(line: string): (SdpSection & { attributes: SdpAttribute[] }) | null {
  const [kind = '', port = '', protocol = '', ...formats] = line.slice(2).trim().split(/\s+/);
  if (!/^\d{1,5}(\/\d+)?$/.test(port) || protocol === '' || formats.length === 0) return null;
  return { kind, port: Number.parseInt(port, 10), protocol, formats, attributes: [] };
}

function parseAttribute(line: string): SdpAttribute {
  const colon = line.indexOf(':');
  if (colon === -1) return { name: line.slice(2).trim(), value: '' };
  return { name: line.slice(2, colon), value: line.slice(colon + 1).trim() };
}
