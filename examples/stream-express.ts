// Two streams in an Express application, beside routes of its own: who has no key gets neither, and a connection's inputs and
// outputs are only for the browser that opened it.
//
//   npx tsx examples/stream-express.ts
import type { AddressInfo } from 'node:net';
import express from 'express';
import { getCurrentContext, Stream, VideoFrame } from 'framegear';

const key = process.env['KEY'] ?? 'let-me-in';

const app = express();
app.get('/', (_request, response) => {
  response
    .cookie('key', key, { httpOnly: true, sameSite: 'lax' })
    .send('<a href="/upside-down/">upside down</a> or <a href="/plain/">plain</a>');
});
// middleware before the streams is asked for their WebSockets, too
app.use(['/upside-down', '/plain'], (request, response, next) => {
  const cookies = (request.headers.cookie ?? '').split('; ');
  if (cookies.includes(`key=${key}`)) next();
  else response.status(401).send('Come in by the front page.');
});

function turn(frame: VideoFrame): VideoFrame {
  const { codedWidth, codedHeight, timestamp } = frame;
  const pixels = frame.toBuffer({ format: 'RGBA' });
  new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.byteLength / 4).reverse();
  return VideoFrame.fromBuffer(pixels, { format: 'RGBA', codedWidth, codedHeight, timestamp });
}

function plain(frame: VideoFrame): VideoFrame {
  const { webrtcId, headers } = getCurrentContext();
  if (frame.timestamp === 0) console.log(`${webrtcId} came with ${headers['user-agent']}`);
  return frame;
}

const streams = [
  new Stream({ handler: turn, protectIds: true, concurrencyLimit: 5 }).mount(app, '/upside-down'),
  new Stream({ handler: plain, protectIds: true, concurrencyLimit: 5 }).mount(app, '/plain'),
];
app.get('/visitors', (_request, response) => {
  response.json(streams.map(({ connections }) => connections.length));
});

const http = app.listen(Number(process.env['PORT'] ?? 8000), () => {
  console.log(`open http://localhost:${(http.address() as AddressInfo).port}/`);
});
process.once('SIGINT', () => {
  http.close();
  for (const stream of streams) void stream.close();
  http.closeAllConnections();
});
