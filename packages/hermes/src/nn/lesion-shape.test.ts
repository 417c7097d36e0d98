import { abs, constant, gradientsOf, input, max, multiply, sum, type Tensor, tanh } from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { numbersOf, runTensors } from "../testing/run-tensors.js";
import { fuseLesionShape, lesionShape } from "./lesion-shape.js";
import { Declarations, Scope } from "./scope.js";

const SIDE = 20;

/** Mask logits of rectangles [top, bottom) x [left, right), sure of every pixel. */
function outlines(...boxes: readonly (readonly [number, number, number, number])[]): Tensor {
  const data = boxes.flatMap(([top, bottom, left, right]) => {
    const inside = Array.from({ length: SIDE ** 2 }, (_, i) => {
      const [y, x] = [Math.floor(i / SIDE), i % SIDE];
      return y >= top && y < bottom && x >= left && x < right;
    });
    return [...inside.map((is) => (is ? -5 : 5)), ...inside.map((is) => (is ? 5 : -5))];
  });
  return constant(data, [boxes.length, 2, SIDE, SIDE]);
}

const rowsOf = (flat: readonly number[]): number[][] =>
  Array.from({ length: flat.length / 3 }, (_, n) => flat.slice(3 * n, 3 * n + 3));

describe("the lesion's shape", () => {
  it("is its height, its height for its width and its depth, as shares of the image", async () => {
    const [tall, wide] = rowsOf(await numbersOf(lesionShape(outlines([2, 12, 4, 8], [10, 14, 0, 16]))));
    expect(tall![0]).toBeCloseTo(Math.log(0.5 + 0.02), 5);
    expect(tall![1]).toBeCloseTo(0.5 / (0.2 + 0.02), 5);
    // Rows 2 to 11 have their middle at 7 of 20.
    expect(tall![2]).toBeCloseTo(((7 / 20 - 0.5) * 0.5) / 0.501, 5);
    expect(wide![0]).toBeCloseTo(Math.log(0.2 + 0.02), 5);
    expect(wide![1]).toBeCloseTo(0.2 / (0.8 + 0.02), 5);
    expect(wide![2]).toBeCloseTo(((12 / 20 - 0.5) * 0.2) / 0.201, 5);
  });

  it("does not change with a stray pixel, a mirrored image or a lesion moved sideways", async () => {
    const box = outlines([2, 14, 3, 15]);
    const data = await numbersOf(box);
    const stray = [...data];
    stray[19 * SIDE + 19] = -5;
    stray[SIDE ** 2 + 19 * SIDE + 19] = 5;
    const wanted = await numbersOf(lesionShape(box));
    expect(await numbersOf(lesionShape(constant(stray, [1, 2, SIDE, SIDE])))).toEqual(wanted);
    expect(await numbersOf(lesionShape(outlines([2, 14, 5, 17])))).toEqual(wanted);
  });

  it("is finite where nothing is outlined, and where all is", async () => {
    const measures = await numbersOf(lesionShape(outlines([0, 0, 0, 0], [0, SIDE, 0, SIDE])));
    expect(measures.every(Number.isFinite)).toBe(true);
    expect(measures[1]).toBe(0);
  });
});

describe("class logits with the lesion's shape", () => {
  const images = () => input("images", [3, 2]);
  const feeds = (...values: readonly number[]) => ({
    images: { dtype: "float32", shape: [3, 2], data: Float32Array.from(values) } as const,
    "net/shape_head.weight": {
      dtype: "float32",
      shape: [2, 3],
      data: Float32Array.from([0, 0, 0, 0, 0.1, 0]),
    } as const,
  });
  const boxes = outlines([2, 12, 4, 8], [10, 14, 0, 16], [6, 12, 6, 14]);

  it("bound what the image says, and add the tallness where its weight says so", async () => {
    const scope = new Scope(new Declarations(), "net/", "train");
    const logits = images();
    const fused = fuseLesionShape(scope, logits, boxes);
    const got = await runTensors({ fused, bound: tanh(constant([4, -4], [2])) }, feeds(8, -8, 0, 0, 8, -8));
    expect(got.fused[0]).toBeCloseTo(got.bound[0]!, 6);
    expect(got.fused[2]).toBeCloseTo(0, 6);
    // One unit of standardised tallness counts 10 * 0.1: three values of mean 0 and variance 1.
    const told = [got.fused[1]! - got.bound[1]!, got.fused[3]!, got.fused[5]! - got.bound[1]!];
    expect(told.reduce((a, b) => a + b)).toBeCloseTo(0, 5);
    expect(told.reduce((a, b) => a + b * b, 0) / 3).toBeCloseTo(1, 3);
    expect(told[0]).toBeGreaterThan(told[2]!);
    expect(told[2]).toBeGreaterThan(told[1]!);
  });

  it("teach the shape's weights and the image's logits, and never the outline", async () => {
    const scope = new Scope(new Declarations(), "net/", "train");
    const [logits, masks] = [images(), input("masks", boxes.shape)];
    const fused = fuseLesionShape(scope, logits, masks);
    const weight = scope.declarations.tensors.get("net/shape_head.weight")!;
    const firstImage = constant([1, 0, 0, 0, 0, 0], [3, 2]);
    const slopes = gradientsOf(sum(multiply(firstImage, fused)), [weight, logits, masks]);
    const data = await numbersOf(boxes);
    const peaks = await runTensors(
      { weight: max(abs(slopes[0]!)), logits: max(abs(slopes[1]!)), masks: max(abs(slopes[2]!)) },
      {
        images: feeds(0, 0, 0, 0, 0, 0).images,
        masks: { dtype: "float32", shape: boxes.shape, data: Float32Array.from(data) },
      },
    );
    expect(peaks.weight[0]).toBeGreaterThan(0);
    expect(peaks.logits[0]).toBeGreaterThan(0);
    expect(peaks.masks[0]).toBe(0);
  });
});
