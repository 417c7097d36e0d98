import type { RandomStream } from "../../random.js";
import type { PhantomMask, PlantedPhantom } from "./plant.js";
import type { PlantedImageFault } from "./plan-plants.js";
import { clamp } from "./signs.js";

type Changed = Pick<PlantedPhantom, "image" | "mask">;

/** @returns image and mask with one fault of the image; they stay aligned. */
export function plantImageFault(
  { image, mask }: PlantedPhantom,
  fault: PlantedImageFault,
  stream: RandomStream,
): Changed {
  const { widthPx, heightPx } = image;
  switch (fault) {
    case "colour":
      return {
        image: { ...image, channels: 3, data: withFlow(image.data, widthPx, heightPx, stream) },
        mask,
      };
    case "dual-view":
      return remap({ image, mask }, 2 * widthPx + 4, heightPx, (x, y) => {
        if (x < widthPx) return [x, y, "both"];
        return x < widthPx + 4 ? null : [x - widthPx - 4, y, "image"];
      });
    case "black-border": {
      const marginX = Math.round(0.16 * widthPx);
      const marginY = Math.round(0.1 * heightPx);
      return remap({ image, mask }, widthPx + 2 * marginX, heightPx + 2 * marginY, (x, y) => [
        x - marginX,
        y - marginY,
        "both",
      ]);
    }
    case "constant":
      return {
        image: { ...image, data: new Uint8Array(widthPx * heightPx).fill(stream.integer(0, 80)) },
        mask,
      };
    case "extreme-aspect":
      return remap({ image, mask }, widthPx, Math.round(widthPx / 5), (x, y) => [
        x,
        Math.floor((5 * y * heightPx) / widthPx),
        "both",
      ]);
    case "extreme-size": {
      const step = Math.max(2, Math.floor(Math.max(widthPx, heightPx) / 40));
      return remap({ image, mask }, Math.floor(widthPx / step), Math.floor(heightPx / step), (x, y) => [
        x * step,
        y * step,
        "both",
      ]);
    }
    default:
      return fault satisfies never;
  }
}

/** Takes each pixel from where `from` says; `null` and places outside are black and no lesion. */
function remap(
  { image, mask }: Changed,
  widthPx: number,
  heightPx: number,
  from: (x: number, y: number) => readonly [number, number, "both" | "image"] | null,
): Changed {
  const grey = new Uint8Array(widthPx * heightPx);
  const lesion = new Uint8Array(widthPx * heightPx);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const place = from(x, y);
      if (place === null) continue;
      const [fromX, fromY, what] = place;
      if (fromX < 0 || fromY < 0 || fromX >= image.widthPx || fromY >= image.heightPx) continue;
      grey[y * widthPx + x] = image.data[fromY * image.widthPx + fromX]!;
      if (what === "both") lesion[y * widthPx + x] = mask.data[fromY * image.widthPx + fromX]!;
    }
  }
  const moved: PhantomMask = { ...mask, widthPx, heightPx, data: lesion };
  return { image: { ...image, widthPx, heightPx, data: grey }, mask: moved };
}

/** Colour Doppler: red and blue vessels in a box. @returns [H, W, 3] */
function withFlow(grey: Uint8Array, widthPx: number, heightPx: number, stream: RandomStream): Uint8Array {
  const out = new Uint8Array(3 * grey.length);
  for (let at = 0; at < grey.length; at++) out.fill(grey[at]!, 3 * at, 3 * at + 3);
  for (let vessel = 0; vessel < 6; vessel++) {
    const x0 = widthPx * (0.25 + 0.5 * stream.uniform());
    const y0 = heightPx * (0.3 + 0.4 * stream.uniform());
    const radius = heightPx * (0.02 + 0.03 * stream.uniform());
    const colour = stream.uniform() < 0.5 ? [220, 40, 20] : [30, 60, 225];
    for (let at = 0; at < grey.length; at++) {
      const gap = Math.hypot(((at % widthPx) - x0) / 2, Math.floor(at / widthPx) - y0) / radius;
      if (gap > 1) continue;
      colour.forEach((value, channel) => {
        out[3 * at + channel] = Math.round(clamp(value * (1.1 - 0.5 * gap), 0, 255));
      });
    }
  }
  return out;
}
