import { textPath, textWidth } from './glyphs.js';

/** Colours of the test picture. */
export const palette = {
  card: '#131d33',
  edge: '#24324f',
  text: '#f4f7fd',
  muted: '#8a9bbd',
  accent: '#ffb547',
  gear: '#3d8bff',
} as const;

/** Height and digits of the texts that run, in units of a picture 1280x720. */
export const clockText = { x: 100, y: 200, height: 90, weight: 1.4 } as const;
export const millisText = { y: 244, height: 46, weight: 1.6 } as const;
export const frameText = { x: 101, y: 398, height: 44, weight: 1.5 } as const;
export const elapsedText = { x: 501, y: 398, height: 44, weight: 1.5 } as const;

/** Where the gear turns, and the ball runs. */
export const gearBox = { x: 872, y: 140, size: 320 } as const;
export const track = { x: 104, y: 598, width: 1072, height: 24 } as const;

const bars = [
  '#ebebeb',
  '#ebeb10',
  '#10ebeb',
  '#10eb10',
  '#eb10eb',
  '#eb1010',
  '#1010eb',
  '#101010',
];

/** What stands still, for a picture of any size: 1280x720 units in its middle. */
export function backgroundSvg(width: number, height: number, framerate: number): string {
  const scale = Math.min(width / 1280, height / 720);
  const left = (width - 1280 * scale) / 2;
  const top = (height - 720 * scale) / 2;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<defs><linearGradient id="b" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#0e1830"/>` +
    `<stop offset="1" stop-color="#070c18"/></linearGradient>` +
    `<pattern id="g" width="40" height="40" patternUnits="userSpaceOnUse">` +
    `<path d="M40 0H0v40" fill="none" stroke="#1b2845" stroke-width="1"/></pattern></defs>` +
    `<rect width="100%" height="100%" fill="url(#b)"/>` +
    `<g transform="translate(${left} ${top}) scale(${scale})">` +
    `<rect width="1280" height="680" fill="url(#g)"/>` +
    header(width, height, framerate) +
    cards() +
    colourBars() +
    '</g></svg>'
  );
}

/** Tiles with one text each, on the cards' colour, one below the other. */
export function textSheetSvg(
  texts: readonly string[],
  tile: { width: number; height: number },
  style: { height: number; weight: number; color: string },
): string {
  const tiles = texts.map((text, index) => {
    const x = (tile.width - textWidth(text, style.height)) / 2;
    const y = index * tile.height + (tile.height - style.height) / 2;
    return textPath(text, { ...style, x, y });
  });
  return sheet(tile.width, tile.height * texts.length, tiles.join(''));
}

/** The gear in `phases` positions within one tooth, one below the other, `size` pixels each. */
export function gearSheetSvg(size: number, phases: number): string {
  const scale = size / gearBox.size;
  const tiles = Array.from({ length: phases }, (_, phase) => {
    const at = `translate(${size / 2} ${(phase + 0.5) * size}) scale(${scale})`;
    return (
      `<g transform="${at}"><g transform="rotate(${((phase * 30) / phases).toFixed(3)})">` +
      `<path fill="${palette.gear}" d="${gearPath()}"/></g>` +
      `<circle r="92" fill="${palette.card}"/>` +
      `<circle r="76" fill="none" stroke="${palette.gear}" stroke-width="4" opacity=".45"/>` +
      `<path fill="${palette.text}" stroke="${palette.text}" stroke-width="10" ` +
      `stroke-linejoin="round" d="M-22-36L38 0L-22 36z"/></g>`
    );
  });
  return sheet(size, size * phases, tiles.join(''));
}

/**
 * The ball on its track, and below it the track alone; `size` pixels each.
 *
 * @param middle - Where the track runs in the tile, to the fraction of a pixel.
 */
export function ballSheetSvg(size: number, middle: number, thickness: number): string {
  const line = (y: number): string =>
    `<path d="M0 ${y}h${size}" stroke="${palette.edge}" stroke-width="${thickness}"/>`;
  const radius = size / 2 - 0.5;
  const ball = `<circle cx="${size / 2}" cy="${size / 2}" r="${radius}" fill="${palette.accent}"/>`;
  return sheet(size, size * 2, line(middle) + ball + line(size + middle));
}

function header(width: number, height: number, framerate: number): string {
  const rate = Number(framerate.toFixed(2));
  const facts = `${width} × ${height}   ${rate} FPS`;
  return (
    `<g transform="translate(86 68) scale(.15)"><path fill="${palette.gear}" d="${gearPath()}"/>` +
    `<circle r="80" fill="#0e1830"/></g>` +
    textPath('FRAMEGEAR', {
      x: 122,
      y: 56,
      height: 24,
      color: palette.text,
      weight: 2,
      spacing: 1,
    }) +
    textPath(facts, {
      x: 1216,
      y: 58,
      height: 20,
      color: palette.muted,
      weight: 1.6,
      anchor: 'end',
    })
  );
}

function cards(): string {
  const card = (x: number, y: number, w: number, h: number): string =>
    `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="20" fill="${palette.card}" ` +
    `stroke="${palette.edge}" stroke-width="2"/>`;
  const label = (text: string, x: number, y: number): string =>
    textPath(text, { x, y, height: 16, color: palette.muted, weight: 1.7, spacing: 1.2 });
  return (
    card(64, 116, 760, 368) +
    card(848, 116, 368, 368) +
    card(64, 508, 1152, 148) +
    label('LOCAL TIME', 104, 150) +
    `<path d="M104 326h680" stroke="${palette.edge}" stroke-width="2"/>` +
    label('FRAME', 104, 358) +
    label('RUNNING', 504, 358)
  );
}

function colourBars(): string {
  const width = track.width / bars.length;
  const colours = bars.map(
    (color, index) =>
      `<rect x="${track.x + index * width}" y="532" width="${width}" height="30" fill="${color}"/>`,
  );
  const steps = Array.from({ length: 16 }, (_, step) => {
    const level = Math.round(16 + (step * 219) / 15);
    const x = track.x + (step * track.width) / 16;
    return `<rect x="${x}" y="562" width="${track.width / 16}" height="16" fill="rgb(${level},${level},${level})"/>`;
  });
  const middle = track.y + track.height / 2;
  return (
    `<clipPath id="c"><rect x="${track.x}" y="532" width="${track.width}" height="46" rx="8"/></clipPath>` +
    `<g clip-path="url(#c)">${colours.join('')}${steps.join('')}</g>` +
    `<path d="M${track.x} ${middle}h${track.width}" stroke="${palette.edge}" stroke-width="3"/>`
  );
}

/** Twelve teeth between radius 116 and 148 around 0,0. */
function gearPath(): string {
  const points: string[] = [];
  for (let tooth = 0; tooth < 12; tooth++) {
    for (const [angle, radius] of [
      [-9.5, 118],
      [-5.5, 148],
      [5.5, 148],
      [9.5, 118],
    ] as const) {
      const radians = ((tooth * 30 + angle) * Math.PI) / 180;
      points.push(
        `${(radius * Math.sin(radians)).toFixed(2)} ${(-radius * Math.cos(radians)).toFixed(2)}`,
      );
    }
  }
  return `M${points.join('L')}z`;
}

function sheet(width: number, height: number, content: string): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<rect width="100%" height="100%" fill="${palette.card}"/>${content}</svg>`
  );
}
