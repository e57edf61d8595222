// A watermark, drawn with sharp.
//
//   npx framegear --transform examples/watermark.ts
import { sharpTransform } from 'framegear';

const mark = Buffer.from(`
  <svg xmlns="http://www.w3.org/2000/svg" width="160" height="160" opacity="0.75">
    <circle cx="80" cy="80" r="64" fill="none" stroke="white" stroke-width="10"/>
    <path d="M64 48 L116 80 L64 112 Z" fill="white"/>
  </svg>`);

export default sharpTransform((image) => image.composite([{ input: mark, gravity: 'southeast' }]));
