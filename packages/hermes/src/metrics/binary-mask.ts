import { UserError } from "../errors.js";

/** A lesion mask at the image's own size. Every value other than 0 is lesion. */
export interface BinaryMask {
  readonly widthPx: number;
  readonly heightPx: number;
  /** H x W, row by row from the top left. */
  readonly data: Uint8Array;
}

/** Size of one pixel in millimetres. */
export interface SpacingMm {
  readonly x: number;
  readonly y: number;
}

/** Refuses two masks that do not lie on the same pixel grid, and masks whose data do not fill theirs. */
export function requireSameGrid(what: string, truth: BinaryMask, prediction: BinaryMask): void {
  for (const [name, mask] of [
    ["truth", truth],
    ["prediction", prediction],
  ] as const) {
    if (mask.data.length !== mask.widthPx * mask.heightPx) {
      throw UserError.of(
        `${what}: ${name} mask`,
        `${mask.data.length} values for ${mask.widthPx} x ${mask.heightPx} pixels`,
        "one value per pixel",
        "rebuild the mask from its image file",
      );
    }
  }
  if (truth.widthPx !== prediction.widthPx || truth.heightPx !== prediction.heightPx) {
    throw UserError.of(
      what,
      `a prediction of ${prediction.widthPx} x ${prediction.heightPx} pixels for a truth mask of ${truth.widthPx} x ${truth.heightPx}`,
      "two masks of one size",
      "bring the prediction back to the image's own size; metrics are taken at native resolution",
    );
  }
}

/** Refuses a pixel size that is not a positive number. */
export function requireSpacing(what: string, spacingMm: SpacingMm): void {
  const valid = [spacingMm.x, spacingMm.y].every((step) => Number.isFinite(step) && step > 0);
  if (!valid) {
    throw UserError.of(
      `${what}: pixel spacing`,
      `${spacingMm.x} x ${spacingMm.y} mm`,
      "two numbers above 0",
      "correct the spacing, or leave it out to measure in pixels",
    );
  }
}
