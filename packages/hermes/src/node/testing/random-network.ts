import { type HostArray, input, key, normalArray, uniformArray } from "@hermes-us/tensor";
import type { AspectRule } from "../../data/prepared-image.js";
import type { DecodedImage } from "../../data/raster.js";
import { resizePlane } from "../../data/resize.js";
import { lightPair } from "../../models/light-pair.js";
import type { JointModel } from "../../nn/joint-net.js";
import { Declarations, type Initializer, Scope } from "../../nn/scope.js";
import type { ModelCard } from "../../predict/model-card.js";
import type { NetworkWeights } from "../../predict/predictor.js";

export interface RandomNetwork {
  readonly model: JointModel;
  readonly weights: NetworkWeights;
}

/** With all that a prediction can hold, saliency included. */
const PAPER_PATHS = { classView: "image", saliency: "input-gradient", attention: "residual" } as const;

/** An untrained light pair: seeded weights, statistics that normalise nothing. */
export function randomNetwork(
  sidePx: number,
  options: Readonly<Record<string, unknown>> = PAPER_PATHS,
): RandomNetwork {
  const model = lightPair.build(lightPair.options.parse(options), {
    classes: 2,
    maskClasses: 2,
    imageChannels: 1,
  });
  const declarations = new Declarations();
  const output = model(new Scope(declarations, "", "evaluate"), input("image", [1, 1, sidePx, sidePx]));
  // Heads are declared when they are read.
  for (const head of ["classLogits", "maskLogits", "saliency"] as const) void output[head];
  const weights = new Map<string, HostArray>();
  const put = (name: string, shape: readonly number[], data: Float32Array) =>
    weights.set(name, { dtype: "float32", shape, data });
  for (const [name, { shape, initializer }] of declarations.parameters) {
    put(
      name,
      shape,
      drawn(
        initializer,
        shape.reduce((a, b) => a * b, 1),
        name,
      ),
    );
  }
  for (const [name, { shape, initial }] of declarations.buffers) {
    put(name, shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(initial));
  }
  return { model, weights };
}

function drawn(initializer: Initializer, length: number, name: string): Float32Array {
  const source = key("random network").fork(name);
  switch (initializer.kind) {
    case "constant":
      return new Float32Array(length).fill(initializer.value);
    case "he-normal":
      return normalArray(source, length).map((value) => value * Math.sqrt(2 / initializer.fanIn));
    case "uniform":
      return uniformArray(source, length).map((value) => (2 * value - 1) / Math.sqrt(initializer.fanIn));
    default:
      return initializer satisfies never;
  }
}

export function makeCard(sidePx: number, aspect: AspectRule, given: Partial<ModelCard> = {}): ModelCard {
  return {
    format: "1",
    title: "an untrained network",
    intendedUse: "tests",
    classes: ["benign", "malignant"],
    precision: "float32",
    batch: 1,
    sidePx,
    aspect,
    maskThreshold: 0.5,
    abstention: null,
    metrics: null,
    plan: { kind: "hermes-plan" },
    planHash: "0".repeat(64),
    data: { title: "noise", manifestHash: "m", splitHash: "s", licence: "CC0", citation: null },
    codeVersion: "0.0.0",
    ...given,
  };
}

/** Smooth blobs of grey, or of three colours, over the whole range. */
export function blobImage(widthPx: number, heightPx: number, channels: 1 | 3, seed: number): DecodedImage {
  const data = new Uint8Array(widthPx * heightPx * channels);
  for (let channel = 0; channel < channels; channel++) {
    const coarse = uniformArray(key(seed).fork("blobs", channel), 48);
    const plane = resizePlane({ widthPx: 8, heightPx: 6, data: coarse }, widthPx, heightPx, "linear");
    for (const [i, value] of plane.entries()) data[i * channels + channel] = Math.round(255 * value);
  }
  return { widthPx, heightPx, channels, data };
}
