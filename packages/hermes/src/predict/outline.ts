import type { DecodedImage } from "../data/raster.js";

/** Red, green, blue, 0 to 255; apart from each other for colour-blind eyes, and bright on dark tissue. */
export const outlineColours = {
  certain: [0, 220, 255],
  abstained: [255, 165, 0],
} as const satisfies Record<string, readonly [number, number, number]>;
export type OutlineColour = keyof typeof outlineColours;

/** One line width per so many pixels of the longer side. */
const PIXELS_PER_LINE = 400;

/**
 * Draws the edge of a mask into a copy of its image, inside the lesion.
 * @param mask H x W, 0 or 1
 * @returns in colour
 */
export function drawOutline(image: DecodedImage, mask: Uint8Array, colour: OutlineColour): DecodedImage {
  const { widthPx, heightPx } = image;
  const data = inColour(image);
  const width = Math.max(1, Math.round(Math.max(widthPx, heightPx) / PIXELS_PER_LINE));
  const isLesion = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < widthPx && y < heightPx && mask[y * widthPx + x] === 1;
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      if (mask[y * widthPx + x] !== 1) continue;
      const isInside =
        isLesion(x - width, y) && isLesion(x + width, y) && isLesion(x, y - width) && isLesion(x, y + width);
      if (!isInside) data.set(outlineColours[colour], 3 * (y * widthPx + x));
    }
  }
  return { widthPx, heightPx, channels: 3, data };
}

function inColour({ channels, data }: DecodedImage): Uint8Array {
  if (channels === 3) return data.slice();
  const out = new Uint8Array(3 * data.length);
  for (let i = 0, to = 0; i < data.length; i++, to += 3) {
    const level = data[i]!;
    out[to] = level;
    out[to + 1] = level;
    out[to + 2] = level;
  }
  return out;
}
