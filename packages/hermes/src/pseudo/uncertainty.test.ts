import { constant, exp, gradientsOf, input, sum } from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { numbersOf } from "../testing/run-tensors.js";
import { entropyBelow } from "./entropy-threshold.js";
import { uncertaintyLogProbs } from "./uncertainty.js";

const logits = (...probs: readonly number[]) => constant(probs.map(Math.log), [probs.length / 2, 2]);

describe("uncertainty", () => {
  it("is of the weak view, of the mean of both or of the teacher", async () => {
    const [weak, strong, teacher] = [logits(0.9, 0.1), logits(0.3, 0.7), logits(0.55, 0.45)];
    const first = async (source: Parameters<typeof uncertaintyLogProbs>[0]) =>
      (await numbersOf(exp(uncertaintyLogProbs(source))))[0];
    expect(await first({ kind: "weak", weakLogits: weak })).toBeCloseTo(0.9, 6);
    const mean = { kind: "mean-weak-strong", weakLogits: weak, strongLogits: strong } as const;
    expect(await first(mean)).toBeCloseTo(0.6, 6);
    expect(await first({ kind: "ema-teacher", teacherLogits: teacher })).toBeCloseTo(0.55, 6);
  });

  it("tells apart equal weak predictions only where another distribution is asked", async () => {
    const weakLogits = logits(0.9, 0.1, 0.9, 0.1);
    const strongLogits = logits(0.9, 0.1, 0.1, 0.9);
    const certain = (source: Parameters<typeof uncertaintyLogProbs>[0]) =>
      numbersOf(entropyBelow(uncertaintyLogProbs(source), 0.5).toWeights());
    expect(await certain({ kind: "weak", weakLogits })).toEqual([1, 1]);
    expect(await certain({ kind: "mean-weak-strong", weakLogits, strongLogits })).toEqual([1, 0]);
  });

  it("does not overflow and sends nothing back", async () => {
    const far = constant([300, -300], [1, 2]);
    const mean = uncertaintyLogProbs({ kind: "mean-weak-strong", weakLogits: far, strongLogits: far });
    expect((await numbersOf(mean))[0]).toBeCloseTo(0, 5);
    const weakLogits = input("weak", [1, 2]);
    const [gradient] = gradientsOf(sum(uncertaintyLogProbs({ kind: "weak", weakLogits })), [weakLogits]);
    expect(await numbersOf(gradient!)).toEqual([0, 0]);
  });
});
