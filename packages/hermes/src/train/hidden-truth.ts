import type { StepResult } from "@hermes-us/tensor";
import { warpMask } from "../data/augment/warp.js";
import type { TrainingBatch } from "../data/batch.js";
import type { PreparedImage } from "../data/prepared-image.js";
import { dice } from "../metrics/dice.js";
import { stepNames } from "./training-program.js";

/** What is known of unlabelled images but kept from training; for logs alone. */
export interface HiddenTruth {
  /** Index of the class; `null` if nobody knows it. */
  label(id: string): number | null;
  /** The image with its mask, before augmentation; `null` if nobody drew one. */
  prepared(id: string): Promise<PreparedImage | null>;
}

/**
 * Dice of the lesion between the mask pseudo-labels and the hidden outlines, over the kept pixels of the batch together.
 * @returns `null` where there is nothing to compare
 */
export async function pseudoMaskDice(
  { outputs }: StepResult,
  { unlabelled }: TrainingBatch,
  truth: HiddenTruth,
): Promise<number | null> {
  const labels = outputs[stepNames.pseudoMask]?.data;
  const keep = outputs[stepNames.pseudoKeepPixels]?.data;
  if (labels === undefined || keep === undefined || unlabelled === null) return null;
  const area = unlabelled.sidePx ** 2;
  const overlap = { bothPx: 0, truthOnlyPx: 0, predictionOnlyPx: 0 };
  for (const [i, id] of unlabelled.ids.entries()) {
    const prepared = await truth.prepared(id);
    if (prepared === null || prepared.mask === null) continue;
    const view = new Int32Array(area);
    warpMask(prepared.mask, prepared.sidePx, unlabelled.affines[i]!, view);
    for (let at = 0; at < area; at++) {
      if (keep[i * area + at] !== 1) continue;
      const [isTrue, isPredicted] = [view[at] === 1, labels[i * area + at] === 1];
      if (isTrue && isPredicted) overlap.bothPx++;
      else if (isTrue) overlap.truthOnlyPx++;
      else if (isPredicted) overlap.predictionOnlyPx++;
    }
  }
  return overlap.bothPx + overlap.truthOnlyPx + overlap.predictionOnlyPx === 0 ? null : dice(overlap);
}
