import type { RandomStream } from "../../random.js";
import { textPixels } from "./glyphs.js";
import type { Phantom } from "./phantom.js";

const WHITE = 250;
const LABELS = ["LT BREAST", "RT BREAST", "MAMA DIR", "MAMA ESQ", "RT UOQ 2", "LT LIQ 4"] as const;

/** @returns the image with measuring crosses at the ends of the lesion's width and height, as scanners burn in. */
export function withCalipers(phantom: Phantom): Uint8Array {
  const image = phantom.image.slice();
  const box = boxOf(phantom);
  const armPx = Math.max(3, Math.round(phantom.heightPx / 50));
  const middleX = Math.round((box.left + box.right) / 2);
  const middleY = Math.round((box.top + box.bottom) / 2);
  const marks = [
    [box.left, middleY],
    [box.right, middleY],
    [middleX, box.top],
    [middleX, box.bottom],
  ] as const;
  for (const [x, y] of marks) {
    for (let step = -armPx; step <= armPx; step++) {
      paint(image, phantom, x + step, y);
      paint(image, phantom, x, y + step);
    }
  }
  return image;
}

/** @returns the image with a label in its lower part and a measurement in a corner. */
export function withText(phantom: Phantom, stream: RandomStream): Uint8Array {
  const image = phantom.image.slice();
  const label = textPixels(stream.choose(LABELS));
  const measure = textPixels(`${stream.integer(1, 4)}.${stream.integer(0, 10)} CM`);
  const labelX = stream.integer(2, Math.max(3, phantom.widthPx - label.widthPx - 1));
  const labelY = Math.round(phantom.heightPx * (0.72 + 0.14 * stream.uniform()));
  for (const [x, y] of label.pixels) paint(image, phantom, labelX + x, labelY + y);
  const measureY = phantom.heightPx - measure.heightPx - 3;
  for (const [x, y] of measure.pixels) paint(image, phantom, 3 + x, measureY + y);
  return image;
}

function paint(image: Uint8Array, size: { widthPx: number; heightPx: number }, x: number, y: number): void {
  if (x >= 0 && y >= 0 && x < size.widthPx && y < size.heightPx) image[y * size.widthPx + x] = WHITE;
}

function boxOf({ mask, widthPx, heightPx }: Phantom): {
  left: number;
  right: number;
  top: number;
  bottom: number;
} {
  const box = { left: widthPx, right: -1, top: heightPx, bottom: -1 };
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] === 0) continue;
    const x = at % widthPx;
    const y = Math.floor(at / widthPx);
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
  }
  return box.right < 0 ? { left: 0, right: widthPx - 1, top: 0, bottom: heightPx - 1 } : box;
}
