import type { MaskFault } from "./raster.js";

/** Pixels of a mask file before anything was made of them. */
export interface MaskPixels {
  readonly widthPx: number;
  readonly heightPx: number;
  /** 1 grey, 3 colour, 4 colour and alpha. */
  readonly channels: 1 | 3 | 4;
  /** H x W x channels, 0 to 255. */
  readonly data: Uint8Array;
}

const HALF_RANGE = 127;

/**
 * Lesion or not, from whatever a mask file holds. The strongest of red, green and blue counts, so that an
 * outline filled with red is found; alpha counts only where the colour tells nothing. A pixel above half of the
 * range is lesion; a file whose brightest value is below that (labels 0 and 1) is cut at half of its own range.
 *
 * @returns `data` H x W of 0 or 1, and what was odd
 */
export function binariseMask(pixels: MaskPixels): { data: Uint8Array; faults: MaskFault[] } {
  const faults: MaskFault[] = [];
  let values = strongestColour(pixels);
  let { distinct, highest } = describe(values);
  if (pixels.channels === 4 && distinct === 1) {
    const alpha = channel(pixels, 3);
    const ofAlpha = describe(alpha);
    if (ofAlpha.distinct > 1) {
      values = alpha;
      ({ distinct, highest } = ofAlpha);
      faults.push({ kind: "from-alpha", detail: "all pixels have one colour; the alpha channel was used" });
    }
  }
  const threshold = highest > HALF_RANGE ? HALF_RANGE : highest / 2;
  if (distinct > 2) {
    faults.push({
      kind: "grey-levels",
      detail: `${distinct} different values; those above ${threshold} were taken as lesion`,
    });
  } else if (highest > 0 && highest <= HALF_RANGE) {
    faults.push({
      kind: "low-foreground",
      detail: `the highest value is ${highest}; it was taken as lesion`,
    });
  }
  return { data: values.map((value) => (value > threshold ? 1 : 0)), faults };
}

function strongestColour(pixels: MaskPixels): Uint8Array {
  if (pixels.channels === 1) return pixels.data;
  const out = new Uint8Array(pixels.widthPx * pixels.heightPx);
  for (let i = 0, at = 0; i < out.length; i++, at += pixels.channels) {
    out[i] = Math.max(pixels.data[at]!, pixels.data[at + 1]!, pixels.data[at + 2]!);
  }
  return out;
}

function channel(pixels: MaskPixels, index: number): Uint8Array {
  const out = new Uint8Array(pixels.widthPx * pixels.heightPx);
  for (let i = 0, at = index; i < out.length; i++, at += pixels.channels) out[i] = pixels.data[at]!;
  return out;
}

function describe(values: Uint8Array): { distinct: number; highest: number } {
  const present = new Uint8Array(256);
  for (const value of values) present[value] = 1;
  return { distinct: present.reduce((sum, one) => sum + one, 0), highest: present.lastIndexOf(1) };
}
