import { emitProgram, GraphBuilder, readModel, type Value } from "@hermes-us/tensor";
import type { JointModel } from "../nn/joint-net.js";
import { cardMetadata, type ModelCard } from "../predict/model-card.js";
import { type NetworkWeights, traceEvaluation, weightNamed } from "../predict/predictor.js";
import { emitImagePrefix } from "./image-prefix.js";
import { emitPredictionSuffix, type ModelOutputs } from "./prediction-suffix.js";
import { storedWeights } from "./weight-storage.js";

export interface ExportRequest {
  readonly model: JointModel;
  readonly weights: NetworkWeights;
  readonly card: ModelCard;
}

const OUTPUT_TYPES = {
  classProbs: { dtype: "float32", dims: ["K"] },
  mask: { dtype: "uint8", dims: ["H", "W"] },
  lesionProbs: { dtype: "float32", dims: ["H", "W"] },
  uncertainty: { dtype: "float32", dims: ["H", "W"] },
  saliency: { dtype: "float32", dims: ["H", "W"] },
  classConfidence: { dtype: "float32", dims: [] },
  maskConfidence: { dtype: "float32", dims: [] },
  abstain: { dtype: "uint8", dims: [] },
} as const satisfies { readonly [Name in keyof ModelOutputs]: object };

/**
 * Writes networks as one ONNX file for every runtime: raw pixels in, results at the image's own size out. Only standard
 * operators are used, so that the same file runs in Node, browsers and Python.
 * @returns the bytes of the file; the same for the same request
 */
export function exportModel({ model, weights, card }: ExportRequest): Uint8Array {
  const g = new GraphBuilder("portable");
  const { batch, sidePx, aspect, precision } = card;
  const lead = batch === 1 ? [] : [batch];
  const pixels = g.input("image", "uint8", [...lead, "H", "W", "C"]);
  const batched = batch === 1 ? g.node("Unsqueeze", [pixels, g.ints([0])]) : pixels;
  const prefix = emitImagePrefix(g, batched, { batch, sidePx, aspect });
  const { program } = traceEvaluation(model, sidePx, batch);
  const network = emitProgram(g, program, (name) => {
    if (name === "image") return prefix.image;
    return storedWeights(g, weightNamed(weights, name), precision);
  });
  const outputs = emitPredictionSuffix(
    g,
    {
      classProbs: network.get("classProbs")!,
      lesionProbs: network.get("lesionProbs")!,
      saliency: network.get("saliency") ?? null,
    },
    prefix,
    {
      mask: card.maskThreshold,
      classConfidence: card.abstention?.classConfidence ?? 0,
      maskConfidence: card.abstention?.maskConfidence ?? 0,
    },
  );
  for (const [name, { dtype, dims }] of Object.entries(OUTPUT_TYPES)) {
    const value: Value | null = outputs[name as keyof ModelOutputs];
    if (value === null) continue;
    const extents = dims.map((dim) => (dim === "K" ? card.classes.length : dim));
    const shaped = batch === 1 ? g.node("Squeeze", [value, g.ints([0])]) : value;
    g.output(name, shaped, dtype, [...lead, ...extents]);
  }
  const { weightsSha256 } = readModel(g.encode());
  return g.encode(cardMetadata(card, weightsSha256));
}
