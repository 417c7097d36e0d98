import { gather, constant, gradientsOf, input, multiply, negate, type Tensor } from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { gradientError } from "../testing/check-gradient.js";
import { randomNumbers, randomTensor } from "../testing/random-tensors.js";
import { runTensors } from "../testing/run-tensors.js";
import { interTaskConsistency } from "./inter-task-consistency.js";

const vectors = (name: string) =>
  ({ dtype: "float32", shape: [3, 5], data: Float32Array.from(randomNumbers(name, 15)) }) as const;

describe("interTaskConsistency", () => {
  it("is 0 for one direction, 2 for opposite ones, whatever the lengths", async () => {
    const [a, b] = [randomTensor("a", [3, 5]), randomTensor("b", [3, 5])];
    const order = constant([2, 0, 1], [3], "int32");
    const run = await runTensors({
      same: interTaskConsistency(a, multiply(a, 7)),
      opposite: interTaskConsistency(a, negate(a)),
      plain: interTaskConsistency(a, b),
      scaled: interTaskConsistency(multiply(a, 3), multiply(b, 0.2)),
      moved: interTaskConsistency(gather(a, 0, order), gather(b, 0, order)),
      zero: interTaskConsistency(multiply(a, 0), b),
    });
    expect(run.same[0]).toBeCloseTo(0, 6);
    expect(run.opposite[0]).toBeCloseTo(2, 6);
    expect(run.scaled[0]).toBeCloseTo(run.plain[0]!, 6);
    expect(run.moved[0]).toBeCloseTo(run.plain[0]!, 6);
    expect(run.zero[0]).toBe(1);
  });

  it("teaches both networks", async () => {
    const [cls, seg] = [input("cls", [3, 5]), input("seg", [3, 5])];
    const [toCls, toSeg] = gradientsOf(interTaskConsistency(cls, seg), [cls, seg]);
    const run = await runTensors(
      { toCls: toCls!, toSeg: toSeg! },
      { cls: vectors("cls"), seg: vectors("seg") },
    );
    expect(Math.hypot(...run.toCls)).toBeGreaterThan(0.01);
    expect(Math.hypot(...run.toSeg)).toBeGreaterThan(0.01);
  });

  it("has the gradient of its values", async () => {
    const loss = ({ cls, seg }: Record<string, Tensor>) => interTaskConsistency(cls!, seg!);
    expect(await gradientError(loss, { cls: vectors("cls"), seg: vectors("seg") })).toBeLessThan(1e-3);
  });
});
