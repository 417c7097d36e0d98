import { equal, type Tensor } from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { keepWhere } from "../pseudo/keep-mask.js";
import { gradientError } from "../testing/check-gradient.js";
import { randomLabels, randomNumbers, randomTensor } from "../testing/random-tensors.js";
import { runTensors } from "../testing/run-tensors.js";
import { crossEntropy } from "./cross-entropy.js";
import { diceLoss } from "./dice.js";
import { diceCrossEntropy } from "./dice-cross-entropy.js";

describe("diceCrossEntropy", () => {
  const logits = randomTensor("dice-cross-entropy", [2, 2, 2, 3]);
  const mask = randomLabels("dice-cross-entropy-mask", [2, 2, 3], 2);
  const keep = keepWhere(equal(randomLabels("dice-cross-entropy-keep", [2, 2, 3], 2), 0));
  const part = { mask: keep, denominator: "kept" } as const;

  it("is half of each, of the same pixels", async () => {
    const run = await runTensors({
      ce: crossEntropy(logits, mask),
      all: diceLoss(logits, mask, { classes: "all" }),
      foreground: diceLoss(logits, mask),
      byImage: diceLoss(logits, mask, { classes: "all", pooling: "image" }),
      keptCe: crossEntropy(logits, mask, part),
      keptAll: diceLoss(logits, mask, { classes: "all", keep }),
      plain: diceCrossEntropy(logits, mask),
      lesion: diceCrossEntropy(logits, mask, { classes: "foreground" }),
      kept: diceCrossEntropy(logits, mask, { keep: part }),
      image: diceCrossEntropy(logits, mask, { pooling: "image" }),
    });
    expect(run.plain[0]).toBeCloseTo((run.ce[0]! + run.all[0]!) / 2, 6);
    expect(run.lesion[0]).toBeCloseTo((run.ce[0]! + run.foreground[0]!) / 2, 6);
    expect(run.image[0]).toBeCloseTo((run.ce[0]! + run.byImage[0]!) / 2, 6);
    expect(run.image[0]).not.toBeCloseTo(run.plain[0]!, 4);
    expect(run.kept[0]).toBeCloseTo((run.keptCe[0]! + run.keptAll[0]!) / 2, 6);
    expect(run.kept[0]).not.toBeCloseTo(run.plain[0]!, 3);
  });

  it("has the gradient of its values", async () => {
    const data = Float32Array.from(randomNumbers("dice-cross-entropy-gradient", 24, -2, 2));
    const at = { z: { dtype: "float32", shape: [2, 2, 2, 3], data } } as const;
    const loss = ({ z }: Record<string, Tensor>) => diceCrossEntropy(z!, mask, { keep: part });
    expect(await gradientError(loss, at)).toBeLessThan(1e-3);
  });
});
