/** A candidate that a client trickled, in the right form. */
export interface ClientCandidate {
  /** `candidate:...`; `null`: there are no more. */
  readonly line: string | null;
  /** Which of the client's transports it belongs to, when it says so. */
  readonly usernameFragment: string | null;
}

/** A candidate's fixed parts: foundation, component, protocol, priority, address, port, `typ`, type. */
const fixedParts = 8;
/** Longer than any candidate; what is kept of early ones must have an end. */
const maxLineLength = 1024;

/**
 * Checks what `RTCIceCandidate.toJSON()` gave. Parts behind the first eight (`raddr`, `rport`, `tcptype`, ...) are
 * free; the empty string, `null` and nothing at all are the end of candidates.
 *
 * @returns the candidate, or the text of the error that the client gets.
 */
export function readCandidate(
  candidate: Readonly<Record<string, unknown>> | null,
): ClientCandidate | string {
  const { candidate: text = null, usernameFragment, sdpMid, sdpMLineIndex } = candidate ?? {};
  const fragment = typeof usernameFragment === 'string' ? usernameFragment : null;
  const line = typeof text === 'string' ? text.trim() : text;
  if (line === null || line === '') return { line: null, usernameFragment: fragment };
  if (typeof line !== 'string' || !isCandidateLine(line)) return 'invalid_candidate_format';
  if (sdpMid == null && sdpMLineIndex == null) {
    return 'Candidate must have either sdpMid or sdpMLineIndex';
  }
  return { line, usernameFragment: fragment };
}

function isCandidateLine(line: string): boolean {
  if (!line.startsWith('candidate:') || line.length > maxLineLength) return false;
  const parts = line.split(/\s+/);
  const [, component, , priority, , port, typ] = parts;
  const isNumber = (part: string | undefined): boolean => /^\d{1,10}$/.test(part ?? '');
  return (
    parts.length >= fixedParts &&
    isNumber(component) &&
    isNumber(priority) &&
    isNumber(port) &&
    typ === 'typ'
  );
}
