import {
  add,
  constant,
  gather,
  multiply,
  oneHot,
  sliceAxis,
  type Tensor,
  unsqueeze,
} from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { keepWhere, not } from "../pseudo/keep-mask.js";
import { gradientError } from "../testing/check-gradient.js";
import { randomLabels, randomNumbers, randomTensor } from "../testing/random-tensors.js";
import { runTensors, scalarOf } from "../testing/run-tensors.js";
import { type DiceOptions, diceLoss } from "./dice.js";

/** Logits whose foreground probability is p at each pixel: [N, 2, 1, W] from rows of pixels. */
const fromProbs = (...rows: readonly (readonly number[])[]) =>
  constant(
    rows.flatMap((row) => [...row.map((p) => Math.log(1 - p)), ...row.map((p) => Math.log(p))]),
    [rows.length, 2, 1, rows[0]!.length],
  );
const maskOf = (...rows: readonly (readonly number[])[]) =>
  constant(rows.flat(), [rows.length, 1, rows[0]!.length], "int32");

const logits = fromProbs([0.9, 0.2, 0.6], [0.1, 0.3, 0.5]);
const mask = maskOf([1, 0, 1], [0, 1, 0]);

describe("diceLoss", () => {
  it.each<[string, DiceOptions, number]>([
    ["over the batch", {}, 1 - (2 * 1.8) / (0.81 + 0.04 + 0.36 + 0.01 + 0.09 + 0.25 + 3)],
    [
      "per image, a pixel added",
      { pooling: "image" },
      1 - (4 / (0.81 + 0.04 + 0.36 + 2 + 1) + 1.6 / (0.01 + 0.09 + 0.25 + 1 + 1)) / 2,
    ],
    [
      "per image, hardly anything added",
      { pooling: "image", smooth: 1e-5 },
      1 - (3 / (0.81 + 0.04 + 0.36 + 2) + 0.6 / (0.01 + 0.09 + 0.25 + 1)) / 2,
    ],
    ["with plain sums", { denominator: "plain" }, 1 - 3.6 / (2.6 + 3)],
    [
      "with the background",
      { classes: "all", denominator: "plain" },
      1 - (3.6 / (2.6 + 3) + (2 * 2.2) / (3.4 + 3)) / 2,
    ],
    ["with much smoothing", { smooth: 1, denominator: "plain" }, 1 - 4.6 / 6.6],
  ])("is worked out by hand %s", async (_, options, wanted) => {
    expect(await scalarOf(diceLoss(logits, mask, options))).toBeCloseTo(wanted, 4);
  });

  it("is 0 for a perfect mask, near 1 for a wrong one, and 0 where nothing is and nothing is found", async () => {
    const sure = multiply(oneHot(mask, 2, 1), 100);
    const empty = maskOf([0, 0, 0], [0, 0, 0]);
    const run = await runTensors({
      perfect: diceLoss(sure, mask),
      wrong: diceLoss(multiply(sure, -1), mask),
      empty: diceLoss(multiply(oneHot(empty, 2, 1), 100), empty, { pooling: "image" }),
    });
    expect(run.perfect[0]).toBeCloseTo(0, 5);
    expect(run.wrong[0]).toBeCloseTo(1, 4);
    expect(run.empty[0]).toBeCloseTo(0, 5);
  });

  const keep = keepWhere(constant([1, 1, 0, 1, 1, 0], [2, 1, 3], "bool"));

  it.each(["batch", "image"] as const)(
    "takes pixels left out as not there (pooled by %s)",
    async (pooling) => {
      const noise = multiply(
        unsqueeze(not(keep).toWeights(), [1]),
        randomTensor("dice", [2, 2, 1, 3], -90, 90),
      );
      const run = await runTensors({
        masked: diceLoss(logits, mask, { keep, pooling }),
        garbled: diceLoss(add(logits, noise), mask, { keep, pooling }),
        cropped: diceLoss(sliceAxis(logits, 3, 0, 2), sliceAxis(mask, 2, 0, 2), { pooling }),
        whole: diceLoss(logits, mask, { pooling }),
      });
      expect(run.masked[0]).toBeCloseTo(run.cropped[0]!, 6);
      expect(run.garbled[0]).toBeCloseTo(run.masked[0]!, 6);
      expect(Math.abs(run.masked[0]! - run.whole[0]!)).toBeGreaterThan(1e-3);
    },
  );

  it("pooled by image, is the mean over all images, or over those of which a pixel is kept", async () => {
    const second = keepWhere(constant([0, 0, 0, 1, 1, 1], [2, 1, 3], "bool"));
    const none = keepWhere(constant(new Float64Array(6), [2, 1, 3], "bool"));
    const run = await runTensors({
      alone: diceLoss(gather(logits, 0, constant([1], [1], "int32")), maskOf([0, 1, 0]), {
        pooling: "image",
      }),
      kept: diceLoss(logits, mask, { pooling: "image", keep: second, images: "kept" }),
      all: diceLoss(logits, mask, { pooling: "image", keep: second }),
      none: diceLoss(logits, mask, { pooling: "image", keep: none, images: "kept" }),
    });
    expect(run.kept[0]).toBeCloseTo(run.alone[0]!, 6);
    expect(run.all[0]).toBeCloseTo(run.alone[0]! / 2, 6);
    expect(run.none[0]).toBe(0);
  });

  it("is 0 where nothing is kept", async () => {
    const none = keepWhere(constant(new Float64Array(6), [2, 1, 3], "bool"));
    expect(await scalarOf(diceLoss(logits, mask, { keep: none }))).toBeCloseTo(0, 6);
  });

  it.each(["batch", "image"] as const)(
    "does not depend on the order of images (pooled by %s)",
    async (pooling) => {
      const order = constant([2, 0, 1], [3], "int32");
      const [z, m] = [randomTensor("dice-z", [3, 2, 4, 4], -2, 2), randomLabels("dice-m", [3, 4, 4], 2)];
      const run = await runTensors({
        straight: diceLoss(z, m, { pooling }),
        moved: diceLoss(gather(z, 0, order), gather(m, 0, order), { pooling }),
      });
      expect(run.moved[0]).toBeCloseTo(run.straight[0]!, 6);
    },
  );

  it("pooled by image asks as much for a small lesion as for a large one; over the batch the large one rules", async () => {
    const pixels = 400;
    const row = (lesion: number, p: number) =>
      Array.from({ length: pixels }, (_, i) => (i < lesion ? p : 0.001));
    const truth = maskOf(...[10, 300].map((lesion) => row(lesion, 1).map(Math.round)));
    const lossOf = (small: number, large: number, pooling: "image" | "batch") =>
      scalarOf(diceLoss(fromProbs(row(10, small), row(300, large)), truth, { pooling }));
    const [smallLost, largeLost] = [await lossOf(0.01, 0.99, "image"), await lossOf(0.99, 0.01, "image")];
    expect(smallLost / largeLost).toBeGreaterThan(0.8);
    expect((await lossOf(0.01, 0.99, "batch")) / (await lossOf(0.99, 0.01, "batch"))).toBeLessThan(0.1);
  });

  it("refuses a mask of another size", () => {
    expect(() => diceLoss(logits, maskOf([1, 0], [0, 1]))).toThrow(/diceLoss: got labels \[2, 1, 2\]/);
  });

  it("has the gradient of its values", async () => {
    const data = Float32Array.from(randomNumbers("dice-gradient", 12, -2, 2));
    const at = { z: { dtype: "float32", shape: [2, 2, 1, 3], data } } as const;
    const loss =
      (options: DiceOptions) =>
      ({ z }: Record<string, Tensor>) =>
        diceLoss(z!, mask, options);
    expect(await gradientError(loss({ keep }), at)).toBeLessThan(1e-3);
    expect(await gradientError(loss({ pooling: "image", classes: "all" }), at)).toBeLessThan(1e-3);
    expect(await gradientError(loss({ denominator: "plain" }), at)).toBeLessThan(1e-3);
  });
});
