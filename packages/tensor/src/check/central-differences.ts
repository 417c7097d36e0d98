import type { NdArray } from "../op.js";
import { SampleMaker } from "../ops/samples.js";
import { relativeError } from "./relative-error.js";

const STEP = 1e-3;
/** Up to here every element is moved alone; above, all of them along random directions. */
const SMALL_ELEMENTS = 128;
const RANDOM_DIRECTIONS = 4;

/** A scalar function, where it is looked at, and what is said to be its gradient there. */
export interface GradientClaim {
  f(variables: readonly NdArray[]): number;
  readonly variables: readonly NdArray[];
  /** One per variable. */
  readonly gradients: readonly NdArray[];
}

/** @returns unit vectors, or for large problems random vectors of -1 and 1, over all variables laid end to end */
function directionsOf(length: number): Float64Array[] {
  if (length <= SMALL_ELEMENTS) {
    return Array.from({ length }, (_, i) => new Float64Array(length).fill(1, i, i + 1));
  }
  const make = new SampleMaker(length);
  return Array.from({ length: RANDOM_DIRECTIONS }, () => make.bools([length]).data.map((bit) => 2 * bit - 1));
}

function moved(variables: readonly NdArray[], direction: Float64Array, distance: number): NdArray[] {
  let start = 0;
  return variables.map(({ shape, data }) => {
    const part = direction.subarray(start, start + data.length);
    start += data.length;
    return { shape, data: data.map((value, i) => value + distance * part[i]!) };
  });
}

/**
 * The five-point rule (f(-2h) - 8 f(-h) + 8 f(h) - f(2h)) / 12 h, whose error falls with h^4 (Abramowitz & Stegun,
 * 25.3.6): in float64 with h = 1e-3 about 1e-11 for functions of moderate curvature.
 */
function slopeAlong({ f, variables }: GradientClaim, direction: Float64Array): number {
  const at = (steps: number) => f(moved(variables, direction, steps * STEP));
  return (at(-2) - 8 * at(-1) + 8 * at(1) - at(2)) / (12 * STEP);
}

/** @returns the relative error of the claimed gradient against central differences */
export function errorAgainstDifferences(claim: GradientClaim): number {
  const flat = Float64Array.from(claim.gradients.flatMap(({ data }) => [...data]));
  const directions = directionsOf(flat.length);
  const claimed = directions.map((direction) => direction.reduce((sum, step, i) => sum + step * flat[i]!, 0));
  return relativeError(
    claimed,
    directions.map((direction) => slopeAlong(claim, direction)),
  );
}
