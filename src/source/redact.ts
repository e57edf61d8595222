/** Names of query fields that are likely to be secrets. */
const secretField = /(token|key|secret|sig|signature|auth|pass|password|pwd|credential|session)/i;

/**
 * A spec or message as it may be shown: user and password of URLs left out, values of query fields
 * that look like secrets replaced by `***`.
 */
export function redact(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, '$1')
    .replace(/([?&;])([^=&\s#]+)=([^&\s#'"]*)/g, (whole, mark: string, name: string) =>
      secretField.test(name) ? `${mark}${name}=***` : whole,
    );
}
