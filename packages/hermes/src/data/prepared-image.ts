import { type DecodedImage, toGrey } from "./raster.js";
import { resizePlane } from "./resize.js";

/** What is done with images that are not square: pulled to the square, or set into it with black bars. */
export type AspectRule = "stretch" | "letterbox";

export interface PixelRect {
  readonly leftPx: number;
  readonly topPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** An image ready for augmentation: grey, square, S x S, with its mask at the same size. */
export interface PreparedImage {
  readonly sidePx: number;
  /** S x S, 0 to 255. */
  readonly image: Uint8Array;
  /** S x S, 0 or 1; `null` if no outline is known. */
  readonly mask: Uint8Array | null;
  /** Where the image lies in the square: all of it, unless bars were added. */
  readonly content: PixelRect;
  /** Width to height of one prepared pixel in the original: rotations turn the original, not the square. */
  readonly pixelAspect: number;
}

/** Raised whenever the same file would give other numbers; part of every cache key. */
export const PREPARATION_VERSION = 1;

/**
 * Prepared images are larger than what the network sees by this factor: a crop to 80 % of the side then shows
 * real detail instead of an enlarged blur, and memory stays at 1.6 times the smallest possible.
 */
const DETAIL_FACTOR = 1.25;

/** @returns side S of prepared images for a network input of `inputSidePx` */
export function preparedSidePx(inputSidePx: number): number {
  return Math.ceil(inputSidePx * DETAIL_FACTOR);
}

/**
 * Grey levels are resized with the antialiased linear kernel, masks by covered area and cut at one half, so that
 * they stay 0 or 1.
 *
 * @param mask H x W of the image's size, 0 or 1, or `null`
 */
export function prepareImage(
  image: DecodedImage,
  mask: Uint8Array | null,
  sidePx: number,
  aspect: AspectRule,
): PreparedImage {
  const content = contentRect(image.widthPx, image.heightPx, sidePx, aspect);
  const { widthPx, heightPx } = image;
  const grey = resizePlane(
    { widthPx, heightPx, data: toGrey(image) },
    content.widthPx,
    content.heightPx,
    "linear",
  );
  const lesion =
    mask && resizePlane({ widthPx, heightPx, data: mask }, content.widthPx, content.heightPx, "area");
  return {
    sidePx,
    image: placed(grey, content, sidePx, Math.round),
    mask: lesion && placed(lesion, content, sidePx, (share) => (share >= 0.5 - 1e-9 ? 1 : 0)),
    content,
    pixelAspect: (widthPx / content.widthPx) * (content.heightPx / heightPx),
  };
}

function contentRect(widthPx: number, heightPx: number, sidePx: number, aspect: AspectRule): PixelRect {
  if (aspect === "stretch") return { leftPx: 0, topPx: 0, widthPx: sidePx, heightPx: sidePx };
  const scale = sidePx / Math.max(widthPx, heightPx);
  const width = Math.max(1, Math.round(widthPx * scale));
  const height = Math.max(1, Math.round(heightPx * scale));
  return {
    leftPx: Math.floor((sidePx - width) / 2),
    topPx: Math.floor((sidePx - height) / 2),
    widthPx: width,
    heightPx: height,
  };
}

function placed(
  values: Float64Array,
  content: PixelRect,
  sidePx: number,
  toByte: (value: number) => number,
): Uint8Array {
  const out = new Uint8Array(sidePx * sidePx);
  for (let y = 0; y < content.heightPx; y++) {
    const to = (content.topPx + y) * sidePx + content.leftPx;
    for (let x = 0; x < content.widthPx; x++) out[to + x] = toByte(values[y * content.widthPx + x]!);
  }
  return out;
}
