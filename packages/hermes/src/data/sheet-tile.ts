/** Red, green, blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** A square colour picture for people to look at. */
export interface Tile {
  readonly sidePx: number;
  /** S x S x 3. */
  readonly data: Uint8Array;
}

/** Told apart by people with any colour vision (Okabe & Ito, 2008): the positive class is vermilion. */
export const TILE_COLOURS = {
  positive: [230, 110, 20],
  negative: [86, 180, 233],
  other: [240, 228, 66],
  unknown: [150, 150, 150],
} as const satisfies Record<string, Rgb>;

/** @param classIndex `null` if the class is unknown or not one of the classes to tell apart */
export function classColour(classIndex: number | null, classCount: number): Rgb {
  if (classIndex === null) return TILE_COLOURS.unknown;
  if (classIndex === classCount - 1) return TILE_COLOURS.positive;
  return classIndex === 0 ? TILE_COLOURS.negative : TILE_COLOURS.other;
}

/**
 * @param grey S x S, 0 to 255
 * @param mask S x S, 0 or 1; its inner border is drawn in `outline`
 */
export function tileOf(grey: Uint8Array, mask: ArrayLike<number> | null, sidePx: number, outline: Rgb): Tile {
  const data = new Uint8Array(sidePx * sidePx * 3);
  for (let i = 0; i < grey.length; i++) data.fill(grey[i]!, 3 * i, 3 * i + 3);
  if (mask !== null) {
    for (let y = 0; y < sidePx; y++) {
      for (let x = 0; x < sidePx; x++) {
        if (isBorder(mask, x, y, sidePx)) data.set(outline, 3 * (y * sidePx + x));
      }
    }
  }
  return { sidePx, data };
}

function isBorder(mask: ArrayLike<number>, x: number, y: number, sidePx: number): boolean {
  const at = y * sidePx + x;
  if (mask[at] !== 1) return false;
  if (x === 0 || y === 0 || x === sidePx - 1 || y === sidePx - 1) return true;
  return mask[at - 1] !== 1 || mask[at + 1] !== 1 || mask[at - sidePx] !== 1 || mask[at + sidePx] !== 1;
}
