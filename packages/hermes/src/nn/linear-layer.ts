import { linear, type Tensor } from "@hermes-us/tensor";
import type { Scope } from "./scope.js";

export interface LinearLayerOptions {
  readonly outFeatures: number;
  readonly bias: "none" | "learned";
}

/**
 * A linear map with its own weights, named and begun as in PyTorch.
 * @param x [N, D]
 * @returns [N, outFeatures]
 */
export function linearLayer(scope: Scope, x: Tensor, { outFeatures, bias }: LinearLayerOptions): Tensor {
  const fanIn = x.shape[1]!;
  const weight = scope.parameter("weight", [outFeatures, fanIn], { kind: "uniform", fanIn });
  if (bias === "none") return linear(x, weight);
  return linear(x, weight, scope.parameter("bias", [outFeatures], { kind: "uniform", fanIn }));
}
