/** Rows x columns of one channel. */
interface Plane {
  readonly widthPx: number;
  readonly heightPx: number;
  /** H x W. */
  readonly data: ArrayLike<number>;
}

/**
 * How a new pixel weighs the old ones. `linear`: bilinear, widened when shrinking so that nothing is skipped
 * (as in Pillow's BILINEAR and ONNX Resize with antialias = 1). `area`: the share of each old pixel that it covers.
 */
export type ResizeKernel = "linear" | "area";

/** For each new position: the first old position, and the weights from there on. */
interface Taps {
  readonly first: Int32Array;
  readonly weights: readonly Float64Array[];
}

/** @returns the plane at another size, H' x W', unrounded, in the same range of values */
export function resizePlane(
  plane: Plane,
  widthPx: number,
  heightPx: number,
  kernel: ResizeKernel,
): Float64Array {
  const across = tapsFor(plane.widthPx, widthPx, kernel);
  const down = tapsFor(plane.heightPx, heightPx, kernel);
  const narrowed = new Float64Array(plane.heightPx * widthPx);
  for (let row = 0; row < plane.heightPx; row++) {
    const from = row * plane.widthPx;
    for (let x = 0; x < widthPx; x++) {
      const weights = across.weights[x]!;
      const start = from + across.first[x]!;
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * plane.data[start + i]!;
      narrowed[row * widthPx + x] = sum;
    }
  }
  const out = new Float64Array(heightPx * widthPx);
  for (let y = 0; y < heightPx; y++) {
    const weights = down.weights[y]!;
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i]!;
      const from = (down.first[y]! + i) * widthPx;
      for (let x = 0; x < widthPx; x++) out[y * widthPx + x]! += weight * narrowed[from + x]!;
    }
  }
  return out;
}

function tapsFor(oldSize: number, newSize: number, kernel: ResizeKernel): Taps {
  const ratio = oldSize / newSize;
  const first = new Int32Array(newSize);
  const weights = Array.from({ length: newSize }, (_, position) => {
    const taps =
      kernel === "area" ? areaTaps(position, ratio, oldSize) : linearTaps(position, ratio, oldSize);
    first[position] = taps.first;
    const total = taps.weights.reduce((sum, weight) => sum + weight, 0);
    return Float64Array.from(taps.weights, (weight) => weight / total);
  });
  return { first, weights };
}

function areaTaps(position: number, ratio: number, oldSize: number): { first: number; weights: number[] } {
  const from = position * ratio;
  const to = from + ratio;
  const first = Math.min(oldSize - 1, Math.floor(from));
  const end = Math.max(first + 1, Math.min(oldSize, Math.ceil(to - 1e-9)));
  const weights: number[] = [];
  for (let old = first; old < end; old++) {
    weights.push(Math.max(1e-12, Math.min(to, old + 1) - Math.max(from, old)));
  }
  return { first, weights };
}

function linearTaps(position: number, ratio: number, oldSize: number): { first: number; weights: number[] } {
  const support = Math.max(1, ratio);
  const centre = (position + 0.5) * ratio;
  const first = Math.max(0, Math.floor(centre - support + 0.5));
  const end = Math.min(oldSize, Math.floor(centre + support + 0.5));
  const weights: number[] = [];
  for (let old = first; old < Math.max(end, first + 1); old++) {
    weights.push(Math.max(1e-12, 1 - Math.abs(old + 0.5 - centre) / support));
  }
  return { first, weights };
}
