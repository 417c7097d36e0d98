import { constant, gradientsOf, input, multiply, reshape, sum, type Tensor } from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { numbersOf, runTensors } from "../testing/run-tensors.js";
import { type PseudoLabelOptions, pseudoLabels } from "./pseudo-label.js";

/**
 * Four positions that pass both tests, the confidence alone, the certainty alone, neither; thresholds near 0.7, since
 * both classes are as frequent.
 */
const target = constant([0.95, 0.05, 0.05, 0.95, 0.4, 0.6, 0.6, 0.4].map(Math.log), [4, 2]);
const teacher = constant([0.95, 0.05, 0.5, 0.5, 0.05, 0.95, 0.5, 0.5].map(Math.log), [4, 2]);

const labelled = (shape: (x: Tensor) => Tensor, options: PseudoLabelOptions) =>
  pseudoLabels(
    {
      logits: shape(target),
      uncertainty: { kind: "ema-teacher", teacherLogits: shape(teacher) },
      entropyCeiling: 0.55,
      frequency: { kind: "batch" },
    },
    options,
  );

const asImages = (x: Tensor) => x;
const asPixels = (x: Tensor) => reshape(x, [4, 2, 1, 1]);

describe.each([
  ["images", asImages],
  ["pixels", asPixels],
])("pseudo-labels of %s", (_, shape) => {
  it.each([
    ["and", [1, 0, 0, 0]],
    ["or", [1, 1, 1, 0]],
  ] as const)("join the tests by %s", async (combine, wanted) => {
    const pseudo = labelled(shape, { combine });
    const run = await runTensors({
      label: pseudo.label,
      confident: pseudo.keepConfident.toWeights(),
      certain: pseudo.keepCertain.toWeights(),
      keep: pseudo.keep.toWeights(),
    });
    expect(run.label).toEqual([0, 1, 1, 0]);
    expect(run.confident).toEqual([1, 1, 0, 0]);
    expect(run.certain).toEqual([1, 0, 1, 0]);
    expect(run.keep).toEqual(wanted);
  });

  it("join by and where nothing is said", async () => {
    expect(await numbersOf(labelled(shape, {}).keep.toWeights())).toEqual([1, 0, 0, 0]);
  });
});

describe("pseudo-labels", () => {
  it("use a moving frequency and return it", async () => {
    const pseudo = pseudoLabels({
      logits: target,
      uncertainty: { kind: "weak", weakLogits: target },
      entropyCeiling: 1,
      frequency: { kind: "average", previous: constant([0.9, 0.1]), decay: 0.5 },
    });
    const run = await runTensors({ next: pseudo.nextFrequency, thresholds: pseudo.thresholds });
    for (const [i, wanted] of [0.7, 0.3].entries()) {
      expect(run.next[i]).toBeCloseTo(wanted, 6);
      expect(run.thresholds[i]).toBeCloseTo(0.5 + 0.45 * wanted, 6);
    }
  });

  it("send nothing back", async () => {
    const logits = input("logits", [2, 2]);
    const pseudo = pseudoLabels({
      logits,
      uncertainty: { kind: "weak", weakLogits: logits },
      entropyCeiling: 0.5,
      frequency: { kind: "average", previous: constant([0.5, 0.5]), decay: 0.9 },
    });
    const everything = multiply(sum(pseudo.thresholds), sum(pseudo.keep.toWeights()));
    const feeds = { logits: { dtype: "float32", shape: [2, 2], data: Float32Array.of(3, 0, 0, 3) } } as const;
    const [gradient] = gradientsOf(everything, [logits]);
    const program = await runTensors({ gradient: gradient!, everything }, feeds);
    expect(program.everything[0]).toBeGreaterThan(0);
    expect(program.gradient).toEqual([0, 0, 0, 0]);
  });
});
