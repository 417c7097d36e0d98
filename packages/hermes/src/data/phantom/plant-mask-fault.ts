import type { RandomStream } from "../../random.js";
import type { PhantomMask } from "./plant.js";
import type { PlantedMaskFault } from "./plan-plants.js";

/** @returns the mask with one fault. */
export function plantMaskFault(
  mask: PhantomMask,
  fault: PlantedMaskFault,
  stream: RandomStream,
): PhantomMask {
  switch (fault) {
    case "size":
      return doubled(mask);
    case "rgba":
      return { ...mask, encoding: "rgba" };
    case "grey-levels":
      return { ...mask, data: softened(mask), encoding: "grey" };
    case "jpeg":
      return { ...mask, encoding: "jpeg" };
    case "empty":
      return { ...mask, data: new Uint8Array(mask.data.length) };
    case "specks":
      return { ...mask, data: specked(mask, stream) };
    case "misaligned":
      return { ...mask, data: shifted(mask, opposite(mask)) };
    case "border":
      return { ...mask, data: joinedToEdge(mask) };
    default:
      return fault satisfies never;
  }
}

function doubled({ data, widthPx, heightPx, encoding }: PhantomMask): PhantomMask {
  const wide = 2 * widthPx;
  const out = new Uint8Array(4 * data.length);
  for (let at = 0; at < out.length; at++) {
    out[at] = data[Math.floor(at / wide / 2) * widthPx + Math.floor((at % wide) / 2)]!;
  }
  return { data: out, widthPx: wide, heightPx: 2 * heightPx, encoding };
}

/** Box blur of 5 x 5: what stretching a mask with interpolation leaves. */
function softened({ data, widthPx, heightPx }: PhantomMask): Uint8Array {
  const at = (x: number, y: number): number =>
    data[Math.min(Math.max(y, 0), heightPx - 1) * widthPx + Math.min(Math.max(x, 0), widthPx - 1)]!;
  return data.map((_, index) => {
    const x = index % widthPx;
    const y = Math.floor(index / widthPx);
    let sum = 0;
    for (let dy = -2; dy <= 2; dy++) for (let dx = -2; dx <= 2; dx++) sum += at(x + dx, y + dy);
    return Math.round(sum / 25);
  });
}

function specked({ data, widthPx, heightPx }: PhantomMask, stream: RandomStream): Uint8Array {
  const out = data.slice();
  for (let speck = 0; speck < 4; speck++) {
    const x = stream.integer(4, widthPx - 4);
    const y = stream.integer(4, heightPx - 4);
    out[y * widthPx + x] = 255;
    out[y * widthPx + x + 1] = 255;
  }
  return out;
}

/** @returns the step that moves the lesion to the other half of the image. */
function opposite(mask: PhantomMask): { x: number; y: number } {
  const { left, right } = columnsOf(mask);
  const middle = (left + right) / 2;
  const room = middle < mask.widthPx / 2 ? mask.widthPx - 2 - right : -(left - 1);
  return { x: -room, y: 0 };
}

/** The lesion runs on to the left edge of the image. */
function joinedToEdge(mask: PhantomMask): Uint8Array {
  const { right } = columnsOf(mask);
  const out = mask.data.slice();
  for (let start = 0; start < out.length; start += mask.widthPx) {
    const last = mask.data.lastIndexOf(255, start + right);
    if (last >= start) out.fill(255, start, last);
  }
  return out;
}

function columnsOf({ data, widthPx }: PhantomMask): { left: number; right: number } {
  let left = widthPx;
  let right = -1;
  for (let at = 0; at < data.length; at++) {
    if (data[at] === 0) continue;
    left = Math.min(left, at % widthPx);
    right = Math.max(right, at % widthPx);
  }
  return right < 0 ? { left: 0, right: widthPx - 1 } : { left, right };
}

/** @param by pixel (x, y) takes the value of (x + by.x, y + by.y); what comes from outside is empty. */
function shifted({ data, widthPx, heightPx }: PhantomMask, by: { x: number; y: number }): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const fromX = x + by.x;
      const fromY = y + by.y;
      if (fromX < 0 || fromY < 0 || fromX >= widthPx || fromY >= heightPx) continue;
      out[y * widthPx + x] = data[fromY * widthPx + fromX]!;
    }
  }
  return out;
}
