import { constant, gradientsOf, input, sum } from "@hermes-us/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepWhere } from "../pseudo/keep-mask.js";
import { numbersOf, runTensors } from "../testing/run-tensors.js";
import { bankShapes, bankVectors, emptyBank, type MemoryBank, pushToBank } from "./memory-bank.js";

interface Item {
  readonly value: number;
  readonly label: number;
  readonly valid: number;
}

const spec = { classes: 2, capacity: 3, dims: 1 };
const items = (list: readonly Item[]) => ({
  vectors: constant(
    list.map(({ value }) => value),
    [list.length, 1],
  ),
  label: constant(
    list.map(({ label }) => label),
    [list.length],
    "int32",
  ),
  valid: keepWhere(
    constant(
      list.map(({ valid }) => valid),
      [list.length],
      "bool",
    ),
  ),
});
const empty = (): MemoryBank => {
  const { vectors, filled } = emptyBank(spec);
  return { vectors: constant(vectors.data, vectors.shape), filled: constant(filled.data, filled.shape) };
};

describe("the memory bank", () => {
  it("is, whatever is pushed, a ring of the newest valid vectors of each class", async () => {
    const item = fc.record({
      value: fc.integer({ min: 1, max: 99 }),
      label: fc.constantFrom(0, 1),
      valid: fc.constantFrom(0, 1),
    });
    const pushes = fc.array(fc.array(item, { minLength: 1, maxLength: 5 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(pushes, async (batches) => {
        const wanted: [number[], number[]] = [[], []];
        let bank = empty();
        for (const batch of batches) {
          bank = pushToBank(bank, items(batch));
          for (const c of [0, 1] as const) {
            const fresh = batch.filter(({ label, valid }) => label === c && valid === 1);
            wanted[c] = [...fresh.map(({ value }) => value), ...wanted[c]].slice(0, spec.capacity);
          }
        }
        const run = await runTensors({ vectors: bank.vectors, filled: bank.filled });
        const padded = wanted.map((ring) => [0, 1, 2].map((i) => ring[i] ?? 0));
        expect(run.vectors).toEqual(padded.flat());
        expect(run.filled).toEqual(padded.flat().map((value) => (value > 0 ? 1 : 0)));
      }),
      { numRuns: 60 },
    );
  });

  it("gives contrast columns with their classes, both of them", async () => {
    const pushed = pushToBank(
      empty(),
      items([
        { value: 5, label: 0, valid: 1 },
        { value: 6, label: 1, valid: 1 },
      ]),
    );
    const { vectors, label, valid } = bankVectors(pushed);
    const run = await runTensors({ vectors, label, valid: valid.toWeights() });
    expect(run.vectors).toEqual([5, 0, 0, 6, 0, 0]);
    expect(run.label).toEqual([0, 0, 0, 1, 1, 1]);
    expect(run.valid).toEqual([1, 0, 0, 1, 0, 0]);
  });

  it("takes items of many dimensions as they are, and keeps nothing of how they were made", async () => {
    const fed = input("fed", [1, 2]);
    const shapes = bankShapes({ classes: 2, capacity: 2, dims: 2 });
    const bank = {
      vectors: constant(new Float64Array(8), shapes.vectors),
      filled: constant(new Float64Array(4), shapes.filled),
    };
    const next = pushToBank(bank, { ...items([{ value: 0, label: 1, valid: 1 }]), vectors: fed });
    const feeds = { fed: { dtype: "float32", shape: [1, 2], data: Float32Array.of(3, 4) } } as const;
    expect(await numbersOf(next.vectors, feeds)).toEqual([0, 0, 0, 0, 3, 4, 0, 0]);
    expect(await numbersOf(gradientsOf(sum(next.vectors), [fed])[0]!)).toEqual([0, 0]);
  });
});
