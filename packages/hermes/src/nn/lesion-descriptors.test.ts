import {
  abs,
  add,
  concat,
  constant,
  gradientsOf,
  input,
  max,
  multiply,
  sum,
  type Tensor,
} from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { randomTensor } from "../testing/random-tensors.js";
import { numbersOf, runTensors } from "../testing/run-tensors.js";
import { descriptorLogits, lesionDescriptors } from "./lesion-descriptors.js";
import { lesionExtent } from "./lesion-extent.js";
import { Declarations, Scope } from "./scope.js";

const SIDE = 20;

/** A rectangle [top, bottom) x [left, right). */
type Box = readonly [number, number, number, number];

/** Whether each pixel of an image lies in the box. */
function pixelsIn([top, bottom, left, right]: Box): boolean[] {
  return Array.from({ length: SIDE ** 2 }, (_, i) => {
    const [y, x] = [Math.floor(i / SIDE), i % SIDE];
    return y >= top && y < bottom && x >= left && x < right;
  });
}

/** Mask logits of boxes, sure of every pixel. */
function outlines(...boxes: readonly Box[]): Tensor {
  const data = boxes.flatMap((box) => {
    const inside = pixelsIn(box);
    return [...inside.map((is) => (is ? -5 : 5)), ...inside.map((is) => (is ? 5 : -5))];
  });
  return constant(data, [boxes.length, 2, SIDE, SIDE]);
}

const measured = (image: Tensor, masks: Tensor): Tensor => lesionDescriptors(image, lesionExtent(masks));

const rowsOf = (flat: readonly number[]): number[][] =>
  Array.from({ length: flat.length / 4 }, (_, n) => flat.slice(4 * n, 4 * n + 4));

/** Grey image of one box, at `inside`, the rest at `outside`. */
function grey(box: Box, { inside, outside }: { readonly inside: number; readonly outside: number }): Tensor {
  return constant(
    pixelsIn(box).map((is) => (is ? inside : outside)),
    [1, 1, SIDE, SIDE],
  );
}

const noise = (images: number) => randomTensor("descriptors", [images, 1, SIDE, SIDE], 0, 1);

describe("the lesion's descriptors", () => {
  it("are its height, its height for its width and its depth, as shares of the image", async () => {
    const [tall, wide] = rowsOf(
      await numbersOf(measured(noise(2), outlines([2, 12, 4, 8], [10, 14, 0, 16]))),
    );
    expect(tall![0]).toBeCloseTo(Math.log(0.5 + 0.02), 5);
    expect(tall![1]).toBeCloseTo(0.5 / (0.2 + 0.02), 5);
    // Rows 2 to 11 have their middle at 7 of 20.
    expect(tall![2]).toBeCloseTo(((7 / 20 - 0.5) * 0.5) / 0.501, 5);
    expect(wide![0]).toBeCloseTo(Math.log(0.2 + 0.02), 5);
    expect(wide![1]).toBeCloseTo(0.2 / (0.8 + 0.02), 5);
    expect(wide![2]).toBeCloseTo(((12 / 20 - 0.5) * 0.2) / 0.201, 5);
  });

  it("are the step of grey from inside to outside, in standard deviations of the image", async () => {
    const box = [6, 12, 6, 14] as const;
    const outline = outlines(box);
    const share = (6 * 8) / SIDE ** 2;
    const stepOf = async (image: Tensor) => (await numbersOf(measured(image, outline)))[3]!;
    const dark = await stepOf(grey(box, { inside: 0.2, outside: 0.7 }));
    expect(dark).toBeCloseTo(0.5 / (0.5 * Math.sqrt(share * (1 - share)) + 0.01), 4);
    const bright = await stepOf(grey(box, { inside: 0.7, outside: 0.2 }));
    expect(bright).toBeCloseTo(-dark, 4);
    // A band of one pixel that is half as bright all round: a softer margin.
    const soft = await stepOf(
      multiply(
        add(grey(box, { inside: 0.2, outside: 0.7 }), grey([5, 13, 5, 15], { inside: 0.2, outside: 0.7 })),
        0.5,
      ),
    );
    expect(soft).toBeLessThan(0.6 * dark);
    const colour = await stepOf(concat(Array(3).fill(grey(box, { inside: 0.2, outside: 0.7 })), 1));
    expect(colour).toBeCloseTo(dark, 4);
  });

  it("keep the step where gain and contrast change, but for a floor of the deviation", async () => {
    const outline = outlines([4, 15, 4, 12]);
    const steps = await Promise.all(
      [noise(1), multiply(noise(1), 0.8), add(multiply(noise(1), 0.8), 0.1)].map(
        async (image) => (await numbersOf(measured(image, outline)))[3]!,
      ),
    );
    expect(Math.abs(steps[0]!)).toBeGreaterThan(0.01);
    expect(steps[1]! / steps[0]!).toBeCloseTo(1, 1);
    expect(steps[2]!).toBeCloseTo(steps[1]!, 4);
  });

  it("do not change with a lesion moved sideways, and shape not with a stray pixel", async () => {
    const plain = multiply(noise(1), 0);
    const box = outlines([2, 14, 3, 15]);
    const data = await numbersOf(box);
    const stray = [...data];
    stray[19 * SIDE + 19] = -5;
    stray[SIDE ** 2 + 19 * SIDE + 19] = 5;
    const wanted = await numbersOf(measured(plain, box));
    expect(await numbersOf(measured(plain, constant(stray, [1, 2, SIDE, SIDE])))).toEqual(wanted);
    expect(await numbersOf(measured(plain, outlines([2, 14, 5, 17])))).toEqual(wanted);
  });

  it("are finite where nothing is outlined, and where all is, and have no step there", async () => {
    const measures = await numbersOf(measured(noise(2), outlines([0, 0, 0, 0], [0, SIDE, 0, SIDE])));
    expect(measures.every(Number.isFinite)).toBe(true);
    const [none, all] = rowsOf(measures);
    expect([none![1], none![3], all![3]]).toEqual([0, 0, 0]);
  });
});

describe("class logits of the lesion's descriptors", () => {
  const tallness = {
    "net/descriptor_head.weight": {
      dtype: "float32",
      shape: [2, 4],
      data: Float32Array.from([0, 0, 0, 0, 0, 0.1, 0, 0]),
    },
  } as const;
  const floats = (values: readonly number[]) =>
    ({ dtype: "float32", shape: [values.length], data: Float32Array.from(values) }) as const;
  const boxes = outlines([2, 12, 4, 8], [10, 14, 0, 16], [6, 12, 6, 14]);

  it("tell the tallness where its weight says so", async () => {
    const scope = new Scope(new Declarations(), "net/", "train");
    const logits = descriptorLogits(scope, { image: noise(3), extent: lesionExtent(boxes), classes: 2 });
    const got = await runTensors({ logits }, tallness);
    expect([got.logits[0], got.logits[2], got.logits[4]]).toEqual([0, 0, 0]);
    // One unit of standardised tallness counts 10 * 0.1: three values of mean 0 and variance 1.
    const told = [got.logits[1]!, got.logits[3]!, got.logits[5]!];
    expect(told.reduce((a, b) => a + b)).toBeCloseTo(0, 5);
    expect(told.reduce((a, b) => a + b * b, 0) / 3).toBeCloseTo(1, 3);
    expect(told[0]).toBeGreaterThan(told[2]!);
    expect(told[2]).toBeGreaterThan(told[1]!);
  });

  it.each(["train", "train-unlabelled"] as const)(
    "never teach the outline or the image; in a pass of %s",
    async (mode) => {
      const scope = new Scope(new Declarations(), "net/", mode);
      const [masks, image] = [input("masks", boxes.shape), input("image", [3, 1, SIDE, SIDE])];
      const logits = descriptorLogits(scope, { image, extent: lesionExtent(masks), classes: 2 });
      const weight = scope.declarations.tensors.get("net/descriptor_head.weight")!;
      const firstImage = constant([1, 0, 0, 0, 0, 0], [3, 2]);
      const slopes = gradientsOf(sum(multiply(firstImage, logits)), [weight, masks, image]);
      const data = await numbersOf(boxes);
      const peaks = await runTensors(
        {
          logits,
          weight: max(abs(slopes[0]!)),
          masks: max(abs(slopes[1]!)),
          image: max(abs(slopes[2]!)),
        },
        {
          ...tallness,
          masks: { dtype: "float32", shape: boxes.shape, data: Float32Array.from(data) },
          image: {
            dtype: "float32",
            shape: image.shape,
            data: Float32Array.from(await numbersOf(noise(3))),
          },
        },
      );
      expect(peaks.masks[0]).toBe(0);
      expect(peaks.image[0]).toBe(0);
      // Strong views teach nothing here.
      expect(peaks.weight[0]! > 0).toBe(mode === "train");
    },
  );

  it("say in evaluation what they say in training, given the batch's own statistics", async () => {
    const train = new Scope(new Declarations(), "net/", "train");
    const of = { image: noise(3), extent: lesionExtent(boxes), classes: 2 };
    const logits = descriptorLogits(train, of);
    const [means, variances] = ["running_mean", "running_var"].map(
      (name) => train.declarations.observations.get(`net/descriptor_head.norm.${name}`)![0]!,
    );
    const first = await runTensors({ logits, means: means!, variances: variances! }, tallness);
    const evaluate = new Scope(new Declarations(), "net/", "evaluate");
    const second = await runTensors(
      { logits: descriptorLogits(evaluate, of) },
      {
        ...tallness,
        "net/descriptor_head.norm.running_mean": floats(first.means),
        // Observed is the unbiased variance.
        "net/descriptor_head.norm.running_var": floats(first.variances.map((value) => (value * 2) / 3)),
      },
    );
    for (const [i, value] of second.logits.entries()) expect(value).toBeCloseTo(first.logits[i]!, 4);
    expect(Math.abs(first.logits[1]! - first.logits[3]!)).toBeGreaterThan(0.1);
  });
});
