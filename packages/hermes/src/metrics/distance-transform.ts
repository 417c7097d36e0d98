/** Length of one pixel along each axis, in whatever unit the result shall have. */
export interface PixelStep {
  readonly x: number;
  readonly y: number;
}

const PIXEL_STEP: PixelStep = { x: 1, y: 1 };

/**
 * Exact squared Euclidean distance of every pixel to the nearest seed, between pixel centres, in time linear
 * in the number of pixels. Columns are swept down and up; rows take the lower envelope of parabolas.
 * Felzenszwalb & Huttenlocher, "Distance Transforms of Sampled Functions", Theory of Computing 8, 2012, Alg. 1.
 *
 * @param seeds H x W; every value other than 0 is a seed.
 * @param step pixel size; 1 x 1 gives pixels.
 * @returns H x W squared distances, `Infinity` everywhere when there is no seed.
 */
export function squaredDistanceTransform(
  seeds: Uint8Array,
  widthPx: number,
  heightPx: number,
  step: PixelStep = PIXEL_STEP,
): Float64Array {
  const squared = squaredColumnDistances(seeds, widthPx, heightPx, step.y);
  const envelope = new RowEnvelope(widthPx, step.x);
  for (let y = 0; y < heightPx; y++) {
    envelope.transform(squared.subarray(y * widthPx, (y + 1) * widthPx));
  }
  return squared;
}

/** Squared distance to the nearest seed of the same column; works row by row, as the memory lies. */
function squaredColumnDistances(
  seeds: Uint8Array,
  widthPx: number,
  heightPx: number,
  stepY: number,
): Float64Array {
  const steps = new Float64Array(widthPx * heightPx);
  for (let i = 0; i < steps.length; i++) {
    if (seeds[i] !== 0) steps[i] = 0;
    else steps[i] = i < widthPx ? Number.POSITIVE_INFINITY : steps[i - widthPx]! + 1;
  }
  for (let i = steps.length - widthPx - 1; i >= 0; i--) {
    const fromBelow = steps[i + widthPx]! + 1;
    if (fromBelow < steps[i]!) steps[i] = fromBelow;
  }
  for (let i = 0; i < steps.length; i++) {
    const distance = steps[i]! * stepY;
    steps[i] = distance * distance;
  }
  return steps;
}

/** The one-dimensional transform, with its working memory shared by all rows. */
class RowEnvelope {
  /** Columns whose parabolas form the envelope, from left to right. */
  readonly #apexX: Int32Array;
  readonly #apexValue: Float64Array;
  /** Column from which on parabola k is the lowest. */
  readonly #start: Float64Array;
  readonly #stepSquared: number;

  constructor(widthPx: number, stepX: number) {
    this.#apexX = new Int32Array(widthPx);
    this.#apexValue = new Float64Array(widthPx);
    this.#start = new Float64Array(widthPx);
    this.#stepSquared = stepX * stepX;
  }

  /** Replaces squared column distances by squared distances to the nearest seed. */
  transform(row: Float64Array): void {
    const parabolas = this.#build(row);
    if (parabolas === 0) return;
    let k = 0;
    for (let x = 0; x < row.length; x++) {
      while (k + 1 < parabolas && this.#start[k + 1]! < x) k++;
      const offset = x - this.#apexX[k]!;
      row[x] = offset * offset * this.#stepSquared + this.#apexValue[k]!;
    }
  }

  /** @returns how many parabolas the envelope has; columns without any seed give none. */
  #build(row: Float64Array): number {
    const apexX = this.#apexX;
    const apexValue = this.#apexValue;
    const start = this.#start;
    let last = -1;
    for (let x = 0; x < row.length; x++) {
      const value = row[x]!;
      if (value === Number.POSITIVE_INFINITY) continue;
      let crossing = Number.NEGATIVE_INFINITY;
      while (last >= 0) {
        const other = apexX[last]!;
        crossing =
          ((value - apexValue[last]!) / this.#stepSquared + x * x - other * other) / (2 * (x - other));
        if (crossing > start[last]!) break;
        last--;
      }
      last++;
      apexX[last] = x;
      apexValue[last] = value;
      start[last] = last === 0 ? Number.NEGATIVE_INFINITY : crossing;
    }
    return last + 1;
  }
}
