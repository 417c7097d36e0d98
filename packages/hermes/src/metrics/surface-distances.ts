import { type BinaryMask, requireSameGrid } from "./binary-mask.js";
import { boundaryOf } from "./boundary.js";
import { type PixelStep, squaredDistanceTransform } from "./distance-transform.js";

/** Distance from each boundary pixel of one mask to the nearest boundary pixel of the other. */
export interface SurfaceDistances {
  readonly fromTruth: Float64Array;
  readonly fromPrediction: Float64Array;
}

/**
 * @param step pixel size: 1 x 1 for distances in pixels, the spacing in millimetres for millimetres.
 * @returns `null` where one mask is empty and the other is not (there is no distance), and two empty lists
 *   where both are.
 */
export function surfaceDistances(
  truth: BinaryMask,
  prediction: BinaryMask,
  step: PixelStep = { x: 1, y: 1 },
): SurfaceDistances | null {
  requireSameGrid("surface distances", truth, prediction);
  const truthBoundary = boundaryOf(truth);
  const predictionBoundary = boundaryOf(prediction);
  const truthBox = boxOf(truthBoundary, truth.widthPx);
  const predictionBox = boxOf(predictionBoundary, truth.widthPx);
  if (truthBox === null && predictionBox === null) {
    return { fromTruth: new Float64Array(0), fromPrediction: new Float64Array(0) };
  }
  if (truthBox === null || predictionBox === null) return null;
  // Both boundaries lie in the box around both, so the rest of the image need not be searched.
  const box = unite(truthBox, predictionBox);
  const truthSeeds = crop(truthBoundary, truth.widthPx, box);
  const predictionSeeds = crop(predictionBoundary, truth.widthPx, box);
  return {
    fromTruth: distancesAt(truthSeeds, predictionSeeds, box, step),
    fromPrediction: distancesAt(predictionSeeds, truthSeeds, box, step),
  };
}

/** Both directions in one list. */
export function bothDirections({ fromTruth, fromPrediction }: SurfaceDistances): Float64Array {
  const all = new Float64Array(fromTruth.length + fromPrediction.length);
  all.set(fromTruth);
  all.set(fromPrediction, fromTruth.length);
  return all;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** @returns the inclusive bounding box, or `null` if nothing is set. */
function boxOf(set: Uint8Array, widthPx: number): Box | null {
  const first = set.indexOf(1);
  if (first < 0) return null;
  const top = Math.floor(first / widthPx);
  const bottom = Math.floor(set.lastIndexOf(1) / widthPx);
  let left = widthPx;
  let right = -1;
  for (let y = top; y <= bottom; y++) {
    const row = set.subarray(y * widthPx, (y + 1) * widthPx);
    const firstX = row.indexOf(1);
    if (firstX < 0) continue;
    left = Math.min(left, firstX);
    right = Math.max(right, row.lastIndexOf(1));
  }
  return { left, top, right, bottom };
}

function unite(a: Box, b: Box): Box {
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

function crop(set: Uint8Array, widthPx: number, box: Box): Uint8Array {
  const width = box.right - box.left + 1;
  const cropped = new Uint8Array(width * (box.bottom - box.top + 1));
  for (let y = box.top; y <= box.bottom; y++) {
    const from = y * widthPx + box.left;
    cropped.set(set.subarray(from, from + width), (y - box.top) * width);
  }
  return cropped;
}

function distancesAt(places: Uint8Array, seeds: Uint8Array, box: Box, step: PixelStep): Float64Array {
  const squared = squaredDistanceTransform(seeds, box.right - box.left + 1, box.bottom - box.top + 1, step);
  return squared.filter((_, i) => places[i] !== 0).map(Math.sqrt);
}
