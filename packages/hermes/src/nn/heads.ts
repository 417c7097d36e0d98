import { l2Normalize, leakyRelu, relu, type Tensor } from "@hermes-us/tensor";
import { convLayer } from "./conv-layer.js";
import { linearLayer } from "./linear-layer.js";
import { batchNormLayer } from "./norm-layer.js";
import type { Scope } from "./scope.js";

/**
 * Pixel embedding: 1x1 conv, batch norm, ReLU, 1x1 conv, unit length per pixel (hermes.md section 2, heads).
 * @param x [N, C, h, w]
 * @returns [N, features, h, w]
 */
export function pixelEmbeddingHead(scope: Scope, x: Tensor, features: number): Tensor {
  const embed = scope.child("embed");
  const hidden = convLayer(embed.child("0"), x, { outChannels: x.shape[1]!, kernel: 1, bias: "learned" });
  const active = relu(batchNormLayer(embed.child("1"), hidden));
  return l2Normalize(
    convLayer(embed.child("3"), active, { outChannels: features, kernel: 1, bias: "learned" }),
    1,
  );
}

/**
 * Image embedding: linear, LeakyReLU 0.1, linear, unit length.
 * @param x [N, D]
 * @returns [N, features]
 */
export function imageEmbeddingHead(
  scope: Scope,
  x: Tensor,
  { hidden, features }: { readonly hidden: number; readonly features: number },
): Tensor {
  const projection = scope.child("projection");
  const first = linearLayer(projection.child("0"), x, { outFeatures: hidden, bias: "learned" });
  const second = linearLayer(projection.child("2"), leakyRelu(first, 0.1), {
    outFeatures: features,
    bias: "learned",
  });
  return l2Normalize(second, 1);
}

export interface ConsistencyProjectorOptions {
  readonly hidden: number;
  readonly features: number;
  /** Number of the first linear layer in the published checkpoints' names; the others follow at 1, 3 and 4 more. */
  readonly firstIndex: number;
}

/**
 * Projector of the inter-task consistency: linear, batch norm, ReLU, twice; so nothing in it is negative.
 * @param x [N, D]
 * @returns [N, features]
 */
export function consistencyProjector(
  scope: Scope,
  x: Tensor,
  { hidden, features, firstIndex }: ConsistencyProjectorOptions,
): Tensor {
  const layer = (offset: number): Scope => scope.child(String(firstIndex + offset));
  const first = linearLayer(layer(0), x, { outFeatures: hidden, bias: "none" });
  const active = relu(batchNormLayer(layer(1), first));
  const second = linearLayer(layer(3), active, { outFeatures: features, bias: "learned" });
  return relu(batchNormLayer(layer(4), second));
}
