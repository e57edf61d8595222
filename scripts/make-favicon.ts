/** Renders static/img/favicon.svg to the PNG for browsers that take no SVG icons. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';

const folder = new URL('../static/img/', import.meta.url);
const svg = await readFile(new URL('favicon.svg', folder));
const png = sharp(svg, { density: 288 }).resize(32, 32).png({ compressionLevel: 9, palette: true });
await png.toFile(new URL('favicon-32x32.png', folder).pathname);
