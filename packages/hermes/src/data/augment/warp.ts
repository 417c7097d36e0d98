import type { Affine } from "./affine.js";

/** Start and steps, in pixels of the source, of a walk over the view's pixels. */
interface Walk {
  readonly originX: number;
  readonly originY: number;
  readonly acrossX: number;
  readonly acrossY: number;
  readonly downX: number;
  readonly downY: number;
}

/**
 * @param source S x S, 0 to 255
 * @param out V x V, is filled with values from 0 to 1: bilinear between pixel centres, black outside the source
 */
export function warpImage(source: Uint8Array, sidePx: number, affine: Affine, out: Float32Array): void {
  const viewPx = viewSide(out.length);
  const walk = walkOver(affine, sidePx, viewPx);
  const last = sidePx - 1;
  for (let row = 0, at = 0; row < viewPx; row++) {
    const rowX = walk.originX + row * walk.downX;
    const rowY = walk.originY + row * walk.downY;
    for (let column = 0; column < viewPx; column++, at++) {
      const x = rowX + column * walk.acrossX;
      const y = rowY + column * walk.acrossY;
      if (!(x >= 0 && y >= 0 && x < sidePx && y < sidePx)) {
        out[at] = 0;
        continue;
      }
      const leftX = Math.min(last, Math.max(0, x - 0.5));
      const topY = Math.min(last, Math.max(0, y - 0.5));
      const x0 = leftX | 0;
      const y0 = topY | 0;
      const fx = leftX - x0;
      const corner = y0 * sidePx + x0;
      const toRight = x0 < last ? 1 : 0;
      const toBelow = y0 < last ? sidePx : 0;
      const top = source[corner]! + fx * (source[corner + toRight]! - source[corner]!);
      const below = corner + toBelow;
      const bottom = source[below]! + fx * (source[below + toRight]! - source[below]!);
      out[at] = (top + (topY - y0) * (bottom - top)) / 255;
    }
  }
}

/**
 * @param source S x S, 0 or 1
 * @param out V x V, is filled with 0 or 1: the nearest pixel, 0 outside the source
 */
export function warpMask(source: Uint8Array, sidePx: number, affine: Affine, out: Int32Array): void {
  const viewPx = viewSide(out.length);
  const walk = walkOver(affine, sidePx, viewPx);
  for (let row = 0, at = 0; row < viewPx; row++) {
    const rowX = walk.originX + row * walk.downX;
    const rowY = walk.originY + row * walk.downY;
    for (let column = 0; column < viewPx; column++, at++) {
      const x = rowX + column * walk.acrossX;
      const y = rowY + column * walk.acrossY;
      const isInside = x >= 0 && y >= 0 && x < sidePx && y < sidePx;
      out[at] = isInside ? source[(y | 0) * sidePx + (x | 0)]! : 0;
    }
  }
}

function viewSide(length: number): number {
  const side = Math.sqrt(length);
  if (!Number.isInteger(side)) throw new RangeError(`warp: got a view of ${length} pixels; wanted a square.`);
  return side;
}

/** Pixel centres of the view, in units of -1 to 1, through the map, to pixels of the source (its corner is 0, 0). */
function walkOver([a, b, c, d, e, f]: Affine, sidePx: number, viewPx: number): Walk {
  const half = sidePx / 2;
  const step = sidePx / viewPx;
  const first = 1 / viewPx - 1;
  return {
    originX: half * (a * first + b * first + c + 1),
    originY: half * (d * first + e * first + f + 1),
    acrossX: step * a,
    acrossY: step * d,
    downX: step * b,
    downY: step * e,
  };
}
