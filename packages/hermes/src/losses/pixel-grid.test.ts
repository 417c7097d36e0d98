import { constant } from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { keepWhere } from "../pseudo/keep-mask.js";
import { randomTensor } from "../testing/random-tensors.js";
import { numbersOf, runTensors } from "../testing/run-tensors.js";
import { meanEmbedding } from "./mean-embedding.js";
import { keepOnGrid, labelsOnGrid } from "./pixel-grid.js";

describe("maps on the embedding's grid", () => {
  it("take the same pixels of labels and masks", async () => {
    const labels = constant([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, 11, 12, 13, 14, 15], [1, 4, 4], "int32");
    const bits = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0];
    const run = await runTensors({
      labels: labelsOnGrid(labels, { height: 2, width: 2 }),
      keep: keepOnGrid(keepWhere(constant(bits, [1, 4, 4], "bool")), { height: 2, width: 2 }).toWeights(),
    });
    expect(run.labels).toEqual([0, 2, 8, -1]);
    expect(run.keep).toEqual([1, 0, 0, 1]);
  });
});

describe("meanEmbedding", () => {
  const [a, b] = [randomTensor("a", [2, 3, 2]), randomTensor("b", [2, 3, 2])];

  it("has unit length, unless the published form is asked for", async () => {
    const lengths = (data: readonly number[]) =>
      [0, 1, 6, 7].map((i) => Math.hypot(data[i]!, data[i + 2]!, data[i + 4]!));
    for (const length of lengths(await numbersOf(meanEmbedding(a, b)))) expect(length).toBeCloseTo(1, 6);
    const run = await runTensors({ a, b, plain: meanEmbedding(a, b, "as-is") });
    for (const [i, value] of run.plain.entries()) expect(value).toBeCloseTo((run.a[i]! + run.b[i]!) / 2, 6);
  });
});
