/** A part of a mask that hangs together. */
export interface Component {
  readonly areaPx: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Indices of its pixels. */
  readonly pixels: readonly number[];
}

/**
 * Parts of a mask that hang together, diagonal neighbours included, in the order of their first pixel.
 * @param mask [H, W]; anything but 0 belongs to it
 */
export function findComponents(mask: ArrayLike<number>, widthPx: number): Component[] {
  const heightPx = mask.length / widthPx;
  const seen = new Uint8Array(mask.length);
  const found: Component[] = [];
  for (let seed = 0; seed < mask.length; seed++) {
    if (mask[seed] === 0 || seen[seed] === 1) continue;
    seen[seed] = 1;
    const pixels = [seed];
    for (let next = 0; next < pixels.length; next++) {
      const x = pixels[next]! % widthPx;
      const y = Math.floor(pixels[next]! / widthPx);
      for (let nearY = Math.max(0, y - 1); nearY <= Math.min(heightPx - 1, y + 1); nearY++) {
        for (let nearX = Math.max(0, x - 1); nearX <= Math.min(widthPx - 1, x + 1); nearX++) {
          const near = nearY * widthPx + nearX;
          if (mask[near] === 0 || seen[near] === 1) continue;
          seen[near] = 1;
          pixels.push(near);
        }
      }
    }
    found.push(componentOf(pixels, widthPx));
  }
  return found;
}

function componentOf(pixels: readonly number[], widthPx: number): Component {
  let left = widthPx;
  let right = -1;
  for (const pixel of pixels) {
    left = Math.min(left, pixel % widthPx);
    right = Math.max(right, pixel % widthPx);
  }
  let first = pixels[0]!;
  let last = first;
  for (const pixel of pixels) {
    if (pixel < first) first = pixel;
    if (pixel > last) last = pixel;
  }
  const top = Math.floor(first / widthPx);
  return { areaPx: pixels.length, left, right, top, bottom: Math.floor(last / widthPx), pixels };
}
