/**
 * What a client's message says of the button: `{"type":"push_to_talk","data":"start"}`, or `"stop"`; `null` when it is
 * about something else.
 */
export function readPushToTalk(message: string | Buffer): 'start' | 'stop' | null {
  // Most messages are something else: they are not parsed.
  if (typeof message !== 'string' || !message.includes('"push_to_talk"')) return null;
  try {
    const value = JSON.parse(message) as { type?: unknown; data?: unknown } | null;
    if (value?.type !== 'push_to_talk') return null;
    return value.data === 'start' || value.data === 'stop' ? value.data : null;
  } catch {
    // Text that only looks like it.
    return null;
  }
}
