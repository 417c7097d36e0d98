import {
  add,
  concat,
  globalAveragePool,
  max,
  mean,
  multiply,
  relu,
  reshape,
  sigmoid,
  type Tensor,
} from "@hermes-us/tensor";
import { convLayer } from "./conv-layer.js";
import { linearLayer } from "./linear-layer.js";
import type { Scope } from "./scope.js";

/**
 * How the inter-task attention meets the classifier's map c, with channel weights a and a spatial map M:
 * - `published`: M * (a * c), without a residual path, as in the released code;
 * - `residual`: c * (1 + a * M), which starts near the identity and so keeps pretrained features alive.
 */
export type AttentionGate = "published" | "residual";

/** Channels per neuron of the channel gate's hidden layer. */
const REDUCTION = 4;

/**
 * Inter-task attention, segmentation to classification (hermes.md section 2, IAS; code of Hermes at 88de349):
 * F = conv3x3([c; s]), a = sigmoid(W2 relu(W1 GAP(F))), M = sigmoid(conv3x3([max a*c; mean a*c])).
 *
 * @param classMap c, the classifier's map [N, C, h, w]
 * @param maskMap s, the segmentation's map, brought to the same shape and detached
 * @returns [N, C, h, w]
 */
export function interTaskAttention(
  scope: Scope,
  classMap: Tensor,
  maskMap: Tensor,
  gate: AttentionGate,
): Tensor {
  const channels = classMap.shape[1]!;
  const channelScope = scope.child("channel_attention");
  const mixed = convLayer(channelScope.child("conv"), concat([classMap, maskMap], 1), {
    outChannels: channels,
    kernel: 3,
    bias: "learned",
  });
  const hidden = relu(
    linearLayer(channelScope.child("fc1"), globalAveragePool(mixed), {
      outFeatures: Math.max(Math.floor(channels / REDUCTION), 1),
      bias: "learned",
    }),
  );
  const weights = sigmoid(
    linearLayer(channelScope.child("fc2"), hidden, { outFeatures: channels, bias: "learned" }),
  );
  const a = reshape(weights, [classMap.shape[0]!, channels, 1, 1]);
  const weighted = multiply(classMap, a);
  const summary = concat(
    [max(weighted, { axes: [1], keep: "axes" }), mean(weighted, { axes: [1], keep: "axes" })],
    1,
  );
  const spatial = sigmoid(
    convLayer(scope.child("spatial_attention").child("conv"), summary, {
      outChannels: 1,
      kernel: 3,
      bias: "learned",
    }),
  );
  const gated = multiply(weighted, spatial);
  switch (gate) {
    case "published":
      return gated;
    case "residual":
      return add(classMap, gated);
    default:
      return gate satisfies never;
  }
}
