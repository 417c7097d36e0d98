import {
  add,
  constant,
  gather,
  gradientsOf,
  input,
  l2Normalize,
  multiply,
  type Tensor,
  unsqueeze,
} from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { keepAll, keepWhere, not } from "../pseudo/keep-mask.js";
import { gradientError } from "../testing/check-gradient.js";
import { randomNumbers, randomTensor } from "../testing/random-tensors.js";
import { numbersOf, runTensors, scalarOf } from "../testing/run-tensors.js";
import { imageContrast, imageContrastPerAnchor, type ImageContrastOptions } from "./image-contrast.js";
import type { LabelledVectors } from "./labelled-vectors.js";

const LABELS = [0, 1, 1, 0, 1];
const KEPT = [1, 1, 0, 1, 1];
const BANK_LABELS = [0, 1, 1];
const BANK_VALID = [1, 0, 1];

const label = constant(LABELS, [5], "int32");
const keep = keepWhere(constant(KEPT, [5], "bool"));
const strong = l2Normalize(randomTensor("strong", [5, 4]), 1);
const weak = l2Normalize(randomTensor("weak", [5, 4]), 1);
const bank: LabelledVectors = {
  vectors: l2Normalize(randomTensor("bank", [3, 4]), 1),
  label: constant(BANK_LABELS, [3], "int32"),
  valid: keepWhere(constant(BANK_VALID, [3], "bool")),
};

interface Entry {
  readonly vector: readonly number[];
  readonly label: number;
  readonly image: number;
  readonly kept: boolean;
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** The definition, pair by pair. */
function byLoops(
  anchors: readonly Entry[],
  columns: readonly Entry[],
  certainty: "pairs" | "anchors",
): number[] {
  return anchors.map((anchor) => {
    if (!anchor.kept) return 0;
    const others = columns.filter(
      (other) => other !== anchor && (certainty === "anchors" || other.kept || other.image === anchor.image),
    );
    const e = (other: Entry) => Math.exp(dot(anchor.vector, other.vector) / 0.07);
    const total = others.reduce((sum, other) => sum + e(other), 0);
    const positives = others.filter((other) => other.label === anchor.label);
    return -positives.reduce((sum, other) => sum + Math.log(e(other) / total), 0) / positives.length;
  });
}

async function rowsOf(tensor: Tensor): Promise<number[][]> {
  const data = await numbersOf(tensor);
  const width = tensor.shape[1]!;
  return Array.from({ length: data.length / width }, (_, i) => data.slice(i * width, (i + 1) * width));
}

async function expected(kept: readonly number[], certainty: "pairs" | "anchors", withBank: "bank" | "alone") {
  const views = [...(await rowsOf(strong)), ...(await rowsOf(weak))];
  const anchors = views.map(
    (vector, i): Entry => ({ vector, label: LABELS[i % 5]!, image: i % 5, kept: kept[i % 5] === 1 }),
  );
  const stored = (await rowsOf(bank.vectors))
    .map((vector, i): Entry => ({ vector, label: BANK_LABELS[i]!, image: -1, kept: true }))
    .filter((_, i) => BANK_VALID[i] === 1);
  return byLoops(anchors, withBank === "bank" ? [...anchors, ...stored] : anchors, certainty);
}

describe("imageContrast", () => {
  it.each(["pairs", "anchors"] as const)("follows its definition with %s", async (certainty) => {
    for (const withBank of ["bank", "alone"] as const) {
      const batch = { strong, weak, label, keep, ...(withBank === "bank" && { bank }) };
      const got = await numbersOf(imageContrastPerAnchor(batch, { certainty }));
      const wanted = await expected(KEPT, certainty, withBank);
      for (const [i, value] of wanted.entries()) expect(got[i]).toBeCloseTo(value, 4);
    }
  });

  it("is one thing for both readings where everything is kept", async () => {
    const wanted = await expected([1, 1, 1, 1, 1], "pairs", "alone");
    const mean = wanted.reduce((sum, value) => sum + value, 0) / 10;
    for (const certainty of ["pairs", "anchors"] as const) {
      const all = { strong, weak, label, keep: keepAll([5]) };
      expect(await scalarOf(imageContrast(all, { certainty }))).toBeCloseTo(mean, 4);
      expect(await scalarOf(imageContrast({ strong, weak, label }, { certainty }))).toBeCloseTo(mean, 4);
    }
  });

  it("does not see uncertain images as pairs do, and does as the released code does", async () => {
    const noise = (x: Tensor) => add(x, multiply(unsqueeze(not(keep).toWeights(), [1]), -0.7));
    const change = async (options: ImageContrastOptions) => {
      const clean = await scalarOf(imageContrast({ strong, weak, label, keep, bank }, options));
      const garbled = { strong: noise(strong), weak: noise(weak), label, keep, bank };
      return Math.abs((await scalarOf(imageContrast(garbled, options))) - clean);
    };
    expect(await change({ certainty: "pairs" })).toBe(0);
    expect(await change({ certainty: "pairs", denominator: "kept" })).toBe(0);
    expect(await change({ certainty: "anchors" })).toBeGreaterThan(1e-2);
  });

  it("divides by all anchors or by the kept ones, and is 0 without any", async () => {
    const none = keepWhere(constant([0, 0, 0, 0, 0], [5], "bool"));
    const run = await runTensors({
      all: imageContrast({ strong, weak, label, keep }),
      kept: imageContrast({ strong, weak, label, keep }, { denominator: "kept" }),
      none: imageContrast({ strong, weak, label, keep: none, bank }, { denominator: "kept" }),
    });
    expect(run.kept[0]! / run.all[0]!).toBeCloseTo(5 / 4, 5);
    expect(run.none[0]).toBe(0);
  });

  it("does not depend on the order of images", async () => {
    const order = constant([3, 0, 4, 2, 1], [5], "int32");
    const moved = {
      strong: gather(strong, 0, order),
      weak: gather(weak, 0, order),
      label: gather(label, 0, order),
      keep: keepWhere(
        constant(
          [3, 0, 4, 2, 1].map((i) => KEPT[i]!),
          [5],
          "bool",
        ),
      ),
      bank,
    };
    const straight = await scalarOf(imageContrast({ strong, weak, label, keep, bank }));
    expect(await scalarOf(imageContrast(moved))).toBeCloseTo(straight, 5);
  });

  it("sends nothing into the bank", async () => {
    const vectors = input("vectors", [3, 4]);
    const loss = imageContrast({ strong, weak, label, keep, bank: { ...bank, vectors } });
    const data = Float32Array.from(randomNumbers("bank", 12));
    const [gradient] = gradientsOf(loss, [vectors]);
    const run = await runTensors(
      { loss, gradient: gradient! },
      { vectors: { dtype: "float32", shape: [3, 4], data } },
    );
    expect(run.loss[0]).toBeGreaterThan(0);
    expect(run.gradient.every((value) => value === 0)).toBe(true);
  });

  it.each(["pairs", "anchors"] as const)("has the gradient of its values with %s", async (certainty) => {
    const view = (name: string) =>
      ({ dtype: "float32", shape: [5, 4], data: Float32Array.from(randomNumbers(name, 20)) }) as const;
    const loss = ({ s, w }: Record<string, Tensor>) =>
      imageContrast(
        { strong: l2Normalize(s!, 1), weak: l2Normalize(w!, 1), label, keep, bank },
        { certainty, temperature: 0.2 },
      );
    expect(await gradientError(loss, { s: view("strong"), w: view("weak") })).toBeLessThan(1e-3);
  });
});
