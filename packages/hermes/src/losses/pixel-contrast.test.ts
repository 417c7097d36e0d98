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
import { keepWhere, not } from "../pseudo/keep-mask.js";
import { gradientError } from "../testing/check-gradient.js";
import { randomNumbers, randomTensor } from "../testing/random-tensors.js";
import { numbersOf, runTensors, scalarOf } from "../testing/run-tensors.js";
import { classesPresent, type LabelledVectors } from "./labelled-vectors.js";
import { pixelContrast } from "./pixel-contrast.js";

const LABELS = [0, 1, 1, 0, 1, 0, 1];
const VALID = [1, 1, 1, 0, 1, 1, 0];
const BANK_LABELS = [1, 0, 0, 1];
const BANK_VALID = [1, 1, 0, 1];

const list = (name: string, labels: readonly number[], valid: readonly number[]): LabelledVectors => ({
  vectors: l2Normalize(randomTensor(name, [labels.length, 3]), 1),
  label: constant(labels, [labels.length], "int32"),
  valid: keepWhere(constant(valid, [labels.length], "bool")),
});
const anchors = list("anchors", LABELS, VALID);
const bank = list("stored", BANK_LABELS, BANK_VALID);

/** The definition, pair by pair. */
async function byLoops(withBank: "bank" | "alone", temperature = 0.07): Promise<number> {
  const entries = async (
    { vectors }: LabelledVectors,
    labels: readonly number[],
    valid: readonly number[],
  ) => {
    const data = await numbersOf(vectors);
    return labels
      .map((label, i) => ({ label, vector: data.slice(i * 3, i * 3 + 3) }))
      .filter((_, i) => valid[i] === 1);
  };
  const rows = await entries(anchors, LABELS, VALID);
  const stored = withBank === "bank" ? await entries(bank, BANK_LABELS, BANK_VALID) : [];
  const losses = rows.map((anchor) => {
    const others = [...rows.filter((other) => other !== anchor), ...stored];
    const e = ({ vector }: { vector: readonly number[] }) =>
      Math.exp(vector.reduce((sum, x, i) => sum + x * anchor.vector[i]!, 0) / temperature);
    const negatives = others.filter(({ label }) => label !== anchor.label).reduce((sum, x) => sum + e(x), 0);
    const positives = others.filter(({ label }) => label === anchor.label);
    const sum = positives.reduce((total, x) => total + Math.log(e(x) / (e(x) + negatives)), 0);
    return positives.length === 0 ? 0 : -sum / positives.length;
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

describe("pixelContrast", () => {
  it("follows its definition, with and without a bank", async () => {
    expect(await scalarOf(pixelContrast(anchors))).toBeCloseTo(await byLoops("alone"), 4);
    expect(await scalarOf(pixelContrast(anchors, { bank }))).toBeCloseTo(await byLoops("bank"), 4);
  });

  it("does not see what is not valid, nor the order", async () => {
    const noise = ({ vectors, valid, label }: LabelledVectors) => ({
      vectors: add(vectors, multiply(unsqueeze(not(valid).toWeights(), [1]), 0.5)),
      valid,
      label,
    });
    const places = [4, 2, 6, 0, 1, 5, 3];
    const order = constant(places, [7], "int32");
    const moved = {
      vectors: gather(anchors.vectors, 0, order),
      label: gather(anchors.label, 0, order),
      valid: keepWhere(
        constant(
          places.map((i) => VALID[i]!),
          [7],
          "bool",
        ),
      ),
    };
    const run = await runTensors({
      clean: pixelContrast(anchors, { bank }),
      garbled: pixelContrast(noise(anchors), { bank: noise(bank) }),
      moved: pixelContrast(moved, { bank }),
    });
    expect(run.garbled[0]).toBeCloseTo(run.clean[0]!, 6);
    expect(run.moved[0]).toBeCloseTo(run.clean[0]!, 5);
  });

  it("teaches nothing with one class alone, and does with a bank that holds the other", async () => {
    const background = list("anchors", [0, 0, 0], [1, 1, 1]);
    const run = await runTensors({
      alone: pixelContrast(background),
      banked: pixelContrast(background, { bank }),
      one: classesPresent(background, 2),
      two: classesPresent(anchors, 2),
      none: classesPresent(list("anchors", [0, 1], [0, 0]), 2),
      empty: pixelContrast(list("anchors", [0, 1], [0, 0])),
    });
    expect(run.alone[0]).toBe(0);
    expect(run.banked[0]).toBeGreaterThan(0.1);
    expect([run.one[0], run.two[0], run.none[0], run.empty[0]]).toEqual([1, 2, 0, 0]);
  });

  it("sends nothing into the bank", async () => {
    const vectors = input("vectors", [4, 3]);
    const loss = pixelContrast(anchors, { bank: { ...bank, vectors } });
    const data = Float32Array.from(randomNumbers("stored", 12));
    const run = await runTensors(
      { loss, gradient: gradientsOf(loss, [vectors])[0]! },
      { vectors: { dtype: "float32", shape: [4, 3], data } },
    );
    expect(run.loss[0]).toBeGreaterThan(0);
    expect(run.gradient.every((value) => value === 0)).toBe(true);
  });

  it("has the gradient of its values", async () => {
    const data = Float32Array.from(randomNumbers("anchors", 21));
    const loss = ({ x }: Record<string, Tensor>) =>
      pixelContrast({ ...anchors, vectors: l2Normalize(x!, 1) }, { bank, temperature: 0.2 });
    expect(await gradientError(loss, { x: { dtype: "float32", shape: [7, 3], data } })).toBeLessThan(1e-3);
  });

  it("stays exact at temperatures where e^s is no float32", async () => {
    expect(await scalarOf(pixelContrast(anchors, { bank, temperature: 0.01 }))).toBeCloseTo(
      await byLoops("bank", 0.01),
      3,
    );
  });
});
