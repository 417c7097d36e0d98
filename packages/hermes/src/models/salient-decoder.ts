/**
 * A U-Net decoder that the saliency enters at stride 4, and what reads its maps: the classifier's gates, which take those
 * at strides 8 and 16, since these are there before the saliency, and the heads.
 */
import { globalAveragePool, relu, resizeBilinear, stopGradient, type Tensor } from "@hermes-us/tensor";
import { interTaskAttention } from "../nn/attention.js";
import { convLayer } from "../nn/conv-layer.js";
import { convNorm } from "../nn/conv-norm.js";
import { consistencyProjector, imageEmbeddingHead, pixelEmbeddingHead } from "../nn/heads.js";
import type { JointModel } from "../nn/joint-net.js";
import { lazy } from "../nn/lazy.js";
import { linearLayer } from "../nn/linear-layer.js";
import { saliencyBridge } from "../nn/saliency.js";
import type { Scope } from "../nn/scope.js";
import type { ModelInputs } from "./define-model.js";
import { type InterTask, type PairAttention, type PairParts, pairModel } from "./pair.js";
import { unetDecoder } from "./unet-decoder.js";

export interface SalientStages {
  /** Maps by stride; those at 2 and 4 need the saliency, and are made when first read. */
  readonly at: Readonly<Record<2 | 4 | 8 | 16, Tensor>>;
  /** The encoder's map at stride 16, which the consistency projector reads. */
  readonly deep: Tensor;
}

export interface DecoderLevel {
  readonly stride: 2 | 4 | 8 | 16;
  readonly outChannels: number;
  /** Convolutions 3x3. */
  readonly convolutions: number;
}

export interface SalientDecoderInputs {
  /** [N, 1 or 3, H, W] */
  readonly image: Tensor;
  /** Makes the map [N, H, W], or `null` for the decoder without the bridge. */
  readonly saliency: () => Tensor | null;
  /** Stride of the encoder's map that the decoder rises from. */
  readonly bottom: 16 | 32;
  /** @returns the encoder's map of a stride */
  readonly tap: (stride: 2 | 4 | 8 | 16 | 32) => Tensor;
  /** From small to large; those at the bottom's stride are left out. */
  readonly levels: readonly DecoderLevel[];
}

export function salientDecoder(
  scope: Scope,
  { image, saliency, bottom, tap, levels }: SalientDecoderInputs,
): SalientStages {
  const coarse = levels.filter(({ stride }) => stride > 4 && stride < bottom);
  const fine = levels.filter(({ stride }) => stride <= 4);
  const early = unetDecoder(
    scope,
    tap(bottom),
    coarse.map((level) => ({ ...level, skip: tap(level.stride) })),
  );
  const late = lazy(() => {
    const map = saliency();
    const bridge = map === null ? [] : [saliencyBridge(image, map)];
    return unetDecoder(
      scope,
      early.at(-1)!,
      fine.map((level) => ({ ...level, skip: tap(level.stride), extras: level.stride === 4 ? bridge : [] })),
      coarse.length,
    );
  });
  const at = {
    get 2() {
      return late()[1]!;
    },
    get 4() {
      return late()[0]!;
    },
    8: early.at(-1)!,
    16: early.at(-2) ?? tap(16),
  };
  return { at, deep: tap(16) };
}

export interface GatePoint {
  /** After which block or stage of the classifier. */
  readonly after: number;
  /** Of the classifier's map. */
  readonly stride: number;
  /** Of the segmentation's map that gates it: one that needs no saliency, which is the gated classifier's gradient. */
  readonly maskStride: 8 | 16;
}

/**
 * Gates the classifier's maps by the decoder's, brought to the same size and channels.
 * @returns takes each block's or stage's map and gives what the next one gets
 */
export function attend(
  scope: Scope,
  attention: PairAttention<SalientStages> | null,
  points: readonly GatePoint[],
) {
  return (block: number, y: Tensor): Tensor => {
    const point = points.find(({ after }) => after === block);
    if (attention === null || point === undefined) return y;
    const [height, width] = [y.shape[2]!, y.shape[3]!];
    const maskMap = resizeBilinear(
      stopGradient(attention.stages().at[point.maskStride]),
      { height, width },
      "half-pixel",
    );
    const adapted = relu(
      convNorm(scope.child(`adapters.${point.stride}`), maskMap, { outChannels: y.shape[1]!, kernel: 1 }),
    );
    return interTaskAttention(scope.child(`attention.${point.stride}`), y, adapted, attention.gate);
  };
}

function maskLogits(scope: Scope, finest: Tensor, maskClasses: number): Tensor {
  const small = convLayer(scope.child("final"), finest, {
    outChannels: maskClasses,
    kernel: 1,
    bias: "learned",
  });
  return resizeBilinear(small, { height: 2 * finest.shape[2]!, width: 2 * finest.shape[3]! }, "half-pixel");
}

const PROJECTOR = { hidden: 256, features: 256, firstIndex: 0 } as const;
const EMBEDDING_FEATURES = 64;

type Heads = Pick<
  PairParts<SalientStages>,
  "maskLogits" | "pixelEmbedding" | "maskProjection" | "classLogits" | "imageEmbedding" | "classProjection"
>;

/** A pair whose segmentation has this decoder: its saliency is that of the gated classifier. */
export function salientPair(
  interTask: InterTask,
  inputs: ModelInputs,
  networks: Pick<PairParts<SalientStages>, "segment" | "classFeature">,
): JointModel {
  return pairModel(interTask, {
    ...salientHeads(inputs),
    ...networks,
    image: (image) => image,
    saliencyFrom: "gated-classifier",
  });
}

function salientHeads({ classes, maskClasses }: ModelInputs): Heads {
  return {
    maskLogits: (scope, { at }) => maskLogits(scope, at[2], maskClasses),
    pixelEmbedding: (scope, { at }) =>
      pixelEmbeddingHead(scope.child("embedding"), at[4], EMBEDDING_FEATURES),
    maskProjection: (scope, { deep }) =>
      consistencyProjector(scope.child("consistency"), globalAveragePool(deep), PROJECTOR),
    classLogits: (scope, feature) =>
      linearLayer(scope.child("cls_head"), feature, { outFeatures: classes, bias: "learned" }),
    imageEmbedding: (scope, feature) =>
      imageEmbeddingHead(scope.child("embedding"), feature, { hidden: 256, features: 128 }),
    classProjection: (scope, feature) => consistencyProjector(scope.child("consistency"), feature, PROJECTOR),
  };
}
