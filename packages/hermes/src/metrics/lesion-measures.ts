import { type BinaryMask, requireSpacing, type SpacingMm } from "./binary-mask.js";
import { connectedComponents } from "./connected-components.js";
import { feretDiameters } from "./feret.js";

/** Size of one lesion in one unit. */
export interface LesionSize {
  /** In squares of the unit. */
  readonly area: number;
  /** Axes of the ellipse with the same second moments. */
  readonly majorAxis: number;
  readonly minorAxis: number;
  /** Largest and smallest calliper width of the outline, along pixel edges. */
  readonly feretMax: number;
  readonly feretMin: number;
}

export interface LesionMeasures {
  /** Centre of the lesion; (0, 0) is the corner of the top left pixel. */
  readonly centroidPx: { readonly x: number; readonly y: number };
  readonly px: LesionSize;
  /** `null` where the pixel size is not known. */
  readonly mm: LesionSize | null;
}

/**
 * Measures every lesion (connected component) of a mask.
 * @param spacingMm pixel size, or `null` if it is not known.
 * @returns the largest lesion first.
 */
export function measureLesions(mask: BinaryMask, spacingMm: SpacingMm | null): LesionMeasures[] {
  if (spacingMm !== null) requireSpacing("measuring lesions", spacingMm);
  const { labels, areasPx } = connectedComponents(mask);
  const pixelsOf = areasPx.map((areaPx) => new Int32Array(areaPx));
  const filled = areasPx.map(() => 0);
  for (let i = 0; i < labels.length; i++) {
    const lesion = labels[i]! - 1;
    if (lesion < 0) continue;
    pixelsOf[lesion]![filled[lesion]!++] = i;
  }
  return pixelsOf
    .sort((a, b) => b.length - a.length)
    .map((pixels) => {
      const moments = momentsOf(pixels, mask.widthPx);
      return {
        centroidPx: { x: moments.meanX, y: moments.meanY },
        px: sizeOf(pixels, mask.widthPx, moments, { x: 1, y: 1 }),
        mm: spacingMm === null ? null : sizeOf(pixels, mask.widthPx, moments, spacingMm),
      };
    });
}

interface Moments {
  readonly meanX: number;
  readonly meanY: number;
  readonly varianceX: number;
  readonly varianceY: number;
  readonly covariance: number;
}

/** Moments of the pixels as squares: 1/12 is the variance of a side. scikit-image leaves it out, MATLAB does not. */
function momentsOf(pixels: Int32Array, widthPx: number): Moments {
  let sumX = 0;
  let sumY = 0;
  for (const pixel of pixels) {
    sumX += pixel % widthPx;
    sumY += Math.floor(pixel / widthPx);
  }
  const meanX = sumX / pixels.length;
  const meanY = sumY / pixels.length;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (const pixel of pixels) {
    const dx = (pixel % widthPx) - meanX;
    const dy = Math.floor(pixel / widthPx) - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return {
    meanX: meanX + 0.5,
    meanY: meanY + 0.5,
    varianceX: xx / pixels.length + 1 / 12,
    varianceY: yy / pixels.length + 1 / 12,
    covariance: xy / pixels.length,
  };
}

function sizeOf(pixels: Int32Array, widthPx: number, moments: Moments, step: SpacingMm): LesionSize {
  const xx = moments.varianceX * step.x * step.x;
  const yy = moments.varianceY * step.y * step.y;
  const xy = moments.covariance * step.x * step.y;
  const middle = (xx + yy) / 2;
  const radius = Math.hypot((xx - yy) / 2, xy);
  const feret = feretDiameters(pixels, widthPx, step);
  return {
    area: pixels.length * step.x * step.y,
    majorAxis: 4 * Math.sqrt(middle + radius),
    minorAxis: 4 * Math.sqrt(Math.max(0, middle - radius)),
    feretMax: feret.max,
    feretMin: feret.min,
  };
}
