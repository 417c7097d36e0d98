import { ortNodeEngine } from "@hermes-us/tensor/ort-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AspectRule } from "../data/prepared-image.js";
import type { DecodedImage } from "../data/raster.js";
import { UserError } from "../errors.js";
import { exportModel } from "../export/export-model.js";
import type { Model, Prediction } from "../predict/model.js";
import type { ModelCard } from "../predict/model-card.js";
import { thresholdMask } from "../predict/native-mask.js";
import { loadModel } from "./load-model.js";
import { blobImage, makeCard, randomNetwork } from "./testing/random-network.js";
import { TrainerPredictor } from "./testing/trainer-predictor.js";

const SIDE = 64;
const network = randomNetwork(SIDE);

function exported(aspect: AspectRule, given: Partial<ModelCard> = {}): Promise<Model> {
  return loadModel(exportModel({ ...network, card: makeCard(SIDE, aspect, given) }));
}

const images: readonly (readonly [string, DecodedImage])[] = [
  ["grey, larger than the network", blobImage(301, 200, 1, 1)],
  ["colour", blobImage(120, 170, 3, 2)],
  ["smaller than the network", blobImage(40, 31, 1, 3)],
  ["a strip", blobImage(9, 400, 3, 4)],
  ["one pixel", blobImage(1, 1, 1, 5)],
];

describe.each(["stretch", "letterbox"] as const)(
  "a %s model file against the trainer's prediction",
  (aspect) => {
    let engine: Awaited<ReturnType<typeof ortNodeEngine>>;
    let trainer: TrainerPredictor;
    let model: Model;
    beforeAll(async () => {
      engine = await ortNodeEngine({ threads: 1 });
      [trainer, model] = await Promise.all([
        TrainerPredictor.open({ engine, ...network, sidePx: SIDE, aspect }),
        exported(aspect),
      ]);
    });
    afterAll(async () => {
      await Promise.all([model[Symbol.asyncDispose](), engine[Symbol.asyncDispose]()]);
    });

    it.each(images)("agrees on %s", async (_, image) => {
      const wanted = await trainer.predict(image);
      const got = await model.predict(image);
      expect(Math.abs([...got.classProbs.values()][1]! - wanted.classProbs[1]!)).toBeLessThan(1e-3);
      const truth = thresholdMask(wanted.lesionProbs, 0.5);
      const equal = got.mask.filter((value, i) => value === truth[i]).length;
      expect(equal / truth.length).toBeGreaterThanOrEqual(0.999);
      expect(meanDifference(got.maps.lesionProbs!, wanted.lesionProbs)).toBeLessThan(1e-3);
      // A level that float32 rounds the other way moves a kink of the gradient: hence the mean.
      expect(meanDifference(got.maps.saliency!, wanted.saliency!.data)).toBeLessThan(0.02);
    });

    it("takes several images at a time and gives what it gives for each", async () => {
      await using batched = await exported(aspect, { batch: 3 });
      const [a, b] = [blobImage(90, 70, 1, 6), blobImage(90, 70, 1, 7)];
      const together = await batched.predictBatch([a!, b!]);
      const alone = [await model.predict(a!), await model.predict(b!)];
      for (const [i, prediction] of together.entries()) expectClose(prediction, alone[i]!);
      expect(alone[0]!.maps.lesionProbs).not.toEqual(alone[1]!.maps.lesionProbs);
    });
  },
);

it("tells the class from the outlined lesion as the trainer does", async () => {
  // The default of the light pair: no saliency, and a view of the lesion in the graph.
  const close = randomNetwork(SIDE, {});
  await using engine = await ortNodeEngine({ threads: 1 });
  const trainer = await TrainerPredictor.open({ engine, ...close, sidePx: SIDE, aspect: "letterbox" });
  await using model = await loadModel(exportModel({ ...close, card: makeCard(SIDE, "letterbox") }));
  const told: number[] = [];
  for (const [, image] of images) {
    const wanted = await trainer.predict(image);
    const got = await model.predict(image);
    // An untrained outline is ragged: a pixel that rounding carries over the threshold moves the view.
    expect(Math.abs(got.classProbs.get("malignant")! - wanted.classProbs[1]!)).toBeLessThan(0.02);
    told.push(wanted.classProbs[1]!);
    expect(got.maps.saliency).toBeUndefined();
  }
  expect(Math.max(...told) - Math.min(...told)).toBeGreaterThan(0.05);
});

it("says of weights of another network which one is missing", () => {
  const weights = new Map(network.weights);
  weights.delete("cls.cls_head.bias");
  const wanted = /got no cls\.cls_head\.bias; wanted weights of the network that the run's plan describes/;
  const made = () => exportModel({ ...network, weights, card: makeCard(SIDE, "letterbox") });
  expect(made).toThrow(UserError);
  expect(made).toThrow(wanted);
});

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

function meanDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}

function expectClose(got: Prediction, wanted: Prediction): void {
  expect(got.classConfidence).toBeCloseTo(wanted.classConfidence, 5);
  expect(got.maskConfidence).toBeCloseTo(wanted.maskConfidence, 5);
  expect(largestDifference(got.maps.lesionProbs!, wanted.maps.lesionProbs!)).toBeLessThan(1e-5);
}

describe("what a model file computes from probabilities", () => {
  it("has the soft Dice of the mask as its confidence, and the entropy in bits", async () => {
    const image = blobImage(SIDE, SIDE, 1, 8);
    await using model = await exported("stretch", { maskThreshold: 0.4 });
    const { maps, mask, maskConfidence } = await model.predict(image);
    const probs = maps.lesionProbs!;
    const [both, all] = [...probs.keys()].reduce(
      ([top, bottom], i) => [top! + probs[i]! * mask[i]!, bottom! + probs[i]! + mask[i]!],
      [0, 0],
    );
    const lesion = mask.some((value) => value === 1);
    expect(maskConfidence).toBeCloseTo(lesion ? (2 * both!) / all! : 1 - Math.max(...probs), 4);
    const p = probs[100]!;
    expect(maps.uncertainty![100]).toBeCloseTo(-(p * Math.log2(p) + (1 - p) * Math.log2(1 - p)), 4);
  });

  it("calls a mask empty with the confidence of its most suspicious pixel", async () => {
    await using model = await exported("stretch", { maskThreshold: 1 });
    const { maps, mask, maskConfidence } = await model.predict(blobImage(SIDE, SIDE, 1, 8));
    expect(mask.every((value) => value === 0)).toBe(true);
    expect(maskConfidence).toBeCloseTo(1 - Math.max(...maps.lesionProbs!), 5);
  });

  it.each([
    [0, 0, "no"],
    [1.1, 0, "yes"],
    [0, 1.1, "yes"],
  ] as const)("abstains below %d of class or %d of mask confidence: %s", async (ofClass, ofMask, wanted) => {
    const point = { coverage: 1, errorRate: null, dice: null };
    const abstention = {
      classConfidence: ofClass,
      maskConfidence: ofMask,
      fittedOn: "validation" as const,
      images: 1,
      kept: point,
      curve: [point],
    };
    await using model = await exported("stretch", { abstention });
    expect((await model.predict(blobImage(30, 30, 1, 9))).abstains).toBe(wanted);
  });

  it.each([
    ["float16", 0.6, 0.02],
    ["int8", 0.4, 0.2],
  ] as const)("keeps its answers with weights in %s", async (precision, size, tolerance) => {
    const image = blobImage(100, 80, 1, 10);
    const card = makeCard(SIDE, "stretch");
    const full = exportModel({ ...network, card });
    const reduced = exportModel({ ...network, card: { ...card, precision } });
    expect(reduced.length).toBeLessThan(size * full.length);
    await using model = await loadModel(reduced);
    await using reference = await loadModel(full);
    const [got, wanted] = [await model.predict(image), await reference.predict(image)];
    expect(largestDifference(got.maps.lesionProbs!, wanted.maps.lesionProbs!)).toBeLessThan(tolerance);
    expect(largestDifference(got.maps.lesionProbs!, wanted.maps.lesionProbs!)).toBeGreaterThan(0);
  });

  it("gives the same bytes for the same network", () => {
    const card = makeCard(SIDE, "stretch");
    const [once, again] = [exportModel({ ...network, card }), exportModel({ ...network, card })];
    expect(Buffer.compare(once, again)).toBe(0);
  });
});
