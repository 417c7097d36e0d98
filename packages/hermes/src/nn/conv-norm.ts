import type { Tensor } from "@hermes-us/tensor";
import { type ConvLayerOptions, convLayer } from "./conv-layer.js";
import { batchNormLayer } from "./norm-layer.js";
import type { Scope } from "./scope.js";

/** What stands between two activations: a convolution and what follows it, under one name. */
export type ConvUnit = (scope: Scope, x: Tensor, geometry: Omit<ConvLayerOptions, "bias">) => Tensor;

/** A convolution `weight` and its batch norm `norm.*`. */
export const convNorm: ConvUnit = (scope, x, geometry) =>
  batchNormLayer(scope.child("norm"), convLayer(scope, x, { ...geometry, bias: "none" }));

/** A convolution `weight` with `bias`: the form that batch norm takes when it is folded into its convolution. */
export const convFolded: ConvUnit = (scope, x, geometry) =>
  convLayer(scope, x, { ...geometry, bias: "learned" });
