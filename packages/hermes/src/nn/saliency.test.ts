import {
  constant,
  gradientsOf,
  input,
  matmul,
  reshape,
  square,
  sum,
  type Tensor,
  trace,
} from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { numbersOf, scalarOf } from "../testing/run-tensors.js";
import { inputSaliency, normaliseSaliency, saliencyBridge } from "./saliency.js";

/** A linear classifier of images [N, 2, 1, 2]: its input gradient is the winning class's row. */
const ROWS = [
  [1, -2, 3, 0.5],
  [-4, 0, 0, 1],
] as const;

function classify(x: Tensor): Tensor {
  return matmul(reshape(x, [x.shape[0]!, 4]), constant(ROWS.flat(), [2, 4]), { transposeB: "transpose" });
}

const image = constant([1, 0, 0, 0, -1, 0, 0, 0], [2, 2, 1, 2]);

describe("input-gradient saliency", () => {
  it("is the winning logit's largest absolute derivative over the channels, image by image", async () => {
    // channels of a pixel lie 2 apart: class 0 wins for the first image, class 1 for the second
    expect(await numbersOf(inputSaliency(classify, image))).toEqual([3, 2, 4, 1]);
  });

  it("is scaled by each image's own peak", async () => {
    const scaled = await numbersOf(normaliseSaliency(inputSaliency(classify, image)));
    for (const [i, wanted] of [1, 2 / 3, 1, 1 / 4].entries()) expect(scaled[i]).toBeCloseTo(wanted, 6);
  });

  it("stays finite where nothing moves the logit", async () => {
    expect(await numbersOf(normaliseSaliency(constant([0, 0, 0, 0], [1, 2, 2])))).toEqual([0, 0, 0, 0]);
  });

  it("lets no gradient through, although it depends on the image", async () => {
    const x = input("x", [2, 2, 1, 2]);
    const saliency = inputSaliency((t) => classify(square(t)), x);
    expect(trace({ saliency }).inputs.has("x")).toBe(true);
    const [gradient] = gradientsOf(sum(saliency), [x]);
    expect(trace({ gradient: gradient! }).inputs.size).toBe(0);
    expect(await scalarOf(sum(gradient!))).toBe(0);
  });
});

describe("the saliency bridge", () => {
  it("puts the image's channels before the saliency, at a quarter of the size", async () => {
    const grey = constant(new Float64Array(64).fill(0.25), [1, 1, 8, 8]);
    const map = constant(new Float64Array(64).fill(0.75), [1, 8, 8]);
    const bridge = saliencyBridge(grey, map);
    expect(bridge.shape).toEqual([1, 2, 2, 2]);
    expect(await numbersOf(bridge)).toEqual([0.25, 0.25, 0.25, 0.25, 0.75, 0.75, 0.75, 0.75]);
  });
});
