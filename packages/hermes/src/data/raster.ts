/** An image as decoded: rows from top to bottom, channels interleaved. */
export interface DecodedImage {
  readonly widthPx: number;
  readonly heightPx: number;
  /** 1 grey, 3 red-green-blue. */
  readonly channels: 1 | 3;
  /** H x W x channels, 0 to 255. */
  readonly data: Uint8Array;
}

/** What is odd about a mask file; it was read all the same, in the way that `detail` tells. */
export interface MaskFault {
  readonly kind:
    | "lossy" /* stored as JPEG, so that its edge is blurred */
    | "grey-levels" /* more than two values */
    | "low-foreground" /* two values, but the higher one is not above half of the range */
    | "from-alpha" /* all pixels have one colour: the outline is in the alpha channel */
    | "size" /* not the size of its image */;
  readonly detail: string;
}

export interface DecodedMask {
  readonly widthPx: number;
  readonly heightPx: number;
  /** H x W, 0 or 1. */
  readonly data: Uint8Array;
  readonly faults: readonly MaskFault[];
}

/** @returns H x W grey levels; colour is weighted as in ITU-R BT.601, so that grey stored as colour stays exact */
export function toGrey(image: DecodedImage): Uint8Array {
  if (image.channels === 1) return image.data;
  const grey = new Uint8Array(image.widthPx * image.heightPx);
  for (let i = 0, at = 0; i < grey.length; i++, at += 3) {
    const weighted = 299 * image.data[at]! + 587 * image.data[at + 1]! + 114 * image.data[at + 2]!;
    grey[i] = Math.round(weighted / 1000);
  }
  return grey;
}

/**
 * Fills a closed polygon. A pixel belongs to it if its centre does (non-zero winding, so that an outline that
 * crosses itself has no holes). Parts outside the image are cut off.
 *
 * @param pointsPx vertices [x, y]; the origin is the top left corner of the top left pixel
 * @returns H x W, 0 or 1
 */
export function rasterisePolygon(
  pointsPx: readonly (readonly [number, number])[],
  widthPx: number,
  heightPx: number,
): Uint8Array {
  const mask = new Uint8Array(widthPx * heightPx);
  for (let row = 0; row < heightPx; row++) {
    const crossings = rowCrossings(pointsPx, row + 0.5);
    let winding = 0;
    for (let i = 0; i + 1 < crossings.length; i++) {
      winding += crossings[i]!.direction;
      if (winding === 0) continue;
      const from = Math.max(0, Math.ceil(crossings[i]!.x - 0.5));
      const to = Math.min(widthPx, Math.ceil(crossings[i + 1]!.x - 0.5));
      if (to > from) mask.fill(1, row * widthPx + from, row * widthPx + to);
    }
  }
  return mask;
}

/** Where the edges cross the horizontal line at `y`, from left to right; `direction` is 1 downwards, else -1. */
function rowCrossings(
  pointsPx: readonly (readonly [number, number])[],
  y: number,
): { x: number; direction: 1 | -1 }[] {
  const crossings: { x: number; direction: 1 | -1 }[] = [];
  pointsPx.forEach(([x0, y0], i) => {
    const [x1, y1] = pointsPx[(i + 1) % pointsPx.length]!;
    if (y0 <= y === y1 <= y) return;
    crossings.push({ x: x0 + ((y - y0) / (y1 - y0)) * (x1 - x0), direction: y1 > y0 ? 1 : -1 });
  });
  return crossings.sort((a, b) => a.x - b.x);
}

/** Adds the lesions of `other` to `mask`, in place; both H x W, 0 or 1. */
export function uniteMasks(mask: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < mask.length; i++) mask[i]! |= other[i]!;
}

/** @returns the mask at another size, each pixel the nearest of the source */
export function resizeMaskNearest(mask: DecodedMask, widthPx: number, heightPx: number): Uint8Array {
  const out = new Uint8Array(widthPx * heightPx);
  for (let row = 0; row < heightPx; row++) {
    const sourceRow = Math.floor(((row + 0.5) * mask.heightPx) / heightPx) * mask.widthPx;
    for (let column = 0; column < widthPx; column++) {
      const sourceColumn = Math.floor(((column + 0.5) * mask.widthPx) / widthPx);
      out[row * widthPx + column] = mask.data[sourceRow + sourceColumn]!;
    }
  }
  return out;
}
