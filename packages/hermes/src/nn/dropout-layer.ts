import { dropout, type Tensor } from "@hermes-us/tensor";
import type { Scope } from "./scope.js";

/**
 * Dropout of single elements while training; nothing in evaluation.
 * @param dropProb probability in [0, 1) that an element is set to 0
 */
export function dropoutLayer(scope: Scope, x: Tensor, dropProb: number): Tensor {
  if (scope.mode === "evaluate" || dropProb === 0) return x;
  const keepProb = 1 - dropProb;
  return dropout(x, scope.keepMask("keep", x.shape, keepProb), keepProb);
}
