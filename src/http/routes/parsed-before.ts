/**
 * The JSON in a body that a parser of the user's, such as `express.text()` or `express.raw()`, read
 * as text or bytes before our routes came to it; every other body as it is.
 *
 * @throws {SyntaxError} when the text is no JSON.
 */
export function parseTextBody(body: unknown): unknown {
  if (Buffer.isBuffer(body)) return JSON.parse(body.toString('utf8'));
  return typeof body === 'string' ? JSON.parse(body) : body;
}
