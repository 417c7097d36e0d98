import type { RandomStream } from "../../random.js";
import { clamp } from "./signs.js";

/** What happens to a copy of an image on its way into a data set a second time. */
export interface Retouch {
  /** Added to, and factor on, the grey values. */
  readonly brightness: number;
  readonly contrast: number;
  /** Cut from each side, as a share of it: left, top, right, bottom. The rest is stretched to the old size. */
  readonly crop: readonly [number, number, number, number];
  /** 1 to 100: sent through JPEG once; `null`: not. */
  readonly jpegQuality: number | null;
}

/** @returns one to three changes, each small enough that a person sees the same picture. */
export function drawRetouch(stream: RandomStream): Retouch {
  const kinds = stream.shuffle(["brightness", "crop", "jpeg"] as const).slice(0, stream.integer(1, 4));
  const trim = (): number => 0.035 * stream.uniform();
  return {
    brightness: kinds.includes("brightness") ? 50 * (stream.uniform() - 0.5) : 0,
    contrast: kinds.includes("brightness") ? 0.8 + 0.45 * stream.uniform() : 1,
    crop: kinds.includes("crop") ? [trim(), trim(), trim(), trim()] : [0, 0, 0, 0],
    jpegQuality: kinds.includes("jpeg") ? stream.integer(55, 90) : null,
  };
}

/** @returns the grey image [H, W] with brightness, contrast and crop changed; JPEG is the writer's business. */
export function retouchImage(
  image: Uint8Array,
  widthPx: number,
  heightPx: number,
  change: Retouch,
): Uint8Array {
  return resample(image, widthPx, heightPx, change, (value) =>
    Math.round(clamp((value - 128) * change.contrast + 128 + change.brightness, 0, 255)),
  );
}

/** @returns the mask [H, W] cropped alike. */
export function retouchMask(
  mask: Uint8Array,
  widthPx: number,
  heightPx: number,
  change: Retouch,
): Uint8Array {
  return resample(mask, widthPx, heightPx, change, (value) => (value >= 0.5 ? 1 : 0));
}

/** Crops, stretches back with bilinear interpolation, and maps each value. */
function resample(
  source: Uint8Array,
  widthPx: number,
  heightPx: number,
  { crop: [left, top, right, bottom] }: Retouch,
  map: (value: number) => number,
): Uint8Array {
  const out = new Uint8Array(widthPx * heightPx);
  const scaleX = 1 - left - right;
  const scaleY = 1 - top - bottom;
  for (let y = 0; y < heightPx; y++) {
    const fromY = clamp(top * heightPx + (y + 0.5) * scaleY - 0.5, 0, heightPx - 1);
    const y0 = Math.floor(fromY);
    const y1 = Math.min(y0 + 1, heightPx - 1);
    for (let x = 0; x < widthPx; x++) {
      const fromX = clamp(left * widthPx + (x + 0.5) * scaleX - 0.5, 0, widthPx - 1);
      const x0 = Math.floor(fromX);
      const x1 = Math.min(x0 + 1, widthPx - 1);
      const across = (row: number): number => {
        const first = source[row * widthPx + x0]!;
        return first + (fromX - x0) * (source[row * widthPx + x1]! - first);
      };
      out[y * widthPx + x] = map(across(y0) + (fromY - y0) * (across(y1) - across(y0)));
    }
  }
  return out;
}
