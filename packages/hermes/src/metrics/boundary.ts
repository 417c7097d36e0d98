import type { BinaryMask } from "./binary-mask.js";

/**
 * Lesion pixels that touch the background, or the edge of the image, by a side (4-neighbours): the mask minus
 * its erosion by a cross, as in medpy's surface distances.
 * @returns H x W, 1 on the boundary.
 */
export function boundaryOf({ data, widthPx, heightPx }: BinaryMask): Uint8Array {
  const boundary = new Uint8Array(data.length);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const i = y * widthPx + x;
      if (data[i] === 0) continue;
      const inside =
        y > 0 &&
        y < heightPx - 1 &&
        x > 0 &&
        x < widthPx - 1 &&
        data[i - widthPx] !== 0 &&
        data[i + widthPx] !== 0 &&
        data[i - 1] !== 0 &&
        data[i + 1] !== 0;
      if (!inside) boundary[i] = 1;
    }
  }
  return boundary;
}
