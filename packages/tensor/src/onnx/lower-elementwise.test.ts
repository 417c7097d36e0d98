import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradientsOf } from "../autodiff.js";
import { type OrtNodeEngine, ortNodeEngine } from "../engines/ort-node/index.js";
import { lowerProgram } from "../lower.js";
import {
  abs,
  add,
  batchNorm,
  clip,
  conv2d,
  divide,
  globalAveragePool,
  input,
  leakyRelu,
  maxPool2d,
  mean,
  multiply,
  negate,
  relu,
  relu6,
  sigmoid,
  square,
  subtract,
  sum,
} from "../ops/index.js";
import { trace } from "../program.js";
import type { Tensor } from "../tensor.js";
import { errorsOn } from "../testing/against-reference.js";
import { readNodes } from "../testing/read-nodes.js";

const shape = [2, 32, 8, 9];
const channel = () => input("channel", [32, 1, 1]);
const vectors = () => [input("gamma", [32]), input("beta", [32])] as const;
const normalise = (x: Tensor) => batchNorm(x, ...vectors()).y;
const other = () => conv2d(input("x", shape), input("v", [32, 32, 1, 1]));

describe("elementwise operators between convolutions", () => {
  let engine: OrtNodeEngine;
  beforeAll(async () => {
    engine = await ortNodeEngine({ threads: 1 });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it.each<[string, (x: Tensor) => Tensor]>([
    ["relu", relu],
    ["relu6", (x) => relu6(multiply(x, 8))],
    ["clip", (x) => clip(x, -0.5, 1)],
    ["leaky relu", (x) => leakyRelu(x, 0.1)],
    ["sigmoid", sigmoid],
    ["absolute value and sign", (x) => negate(abs(x))],
    ["scaling", (x) => multiply(channel(), x)],
    ["scaling, shift and relu", (x) => relu(add(multiply(x, channel()), channel()))],
    ["two shifts", (x) => add(add(multiply(x, channel()), channel()), channel())],
    ["shift downwards", (x) => subtract(x, channel())],
    ["subtraction from a vector", (x) => subtract(channel(), x)],
    ["division by a vector", (x) => divide(x, add(channel(), 3))],
    ["numbers", (x) => subtract(2, divide(multiply(x, 3), 7))],
    ["a sum of two", (x) => add(x, other())],
    ["a scaled one plus another", (x) => relu(add(other(), multiply(x, channel())))],
    ["two scaled ones", (x) => add(multiply(x, channel()), multiply(other(), channel()))],
    ["three scaled ones", (x) => add(add(multiply(x, channel()), multiply(other(), channel())), other())],
    ["a value used before and after its activation", (x) => multiply(normalise(x), relu(normalise(x)))],
    ["a product and a difference", (x) => subtract(multiply(x, other()), other())],
    ["an operand in the plain layout", (x) => add(x, input("x", shape))],
    ["a row that stretches", (x) => multiply(x, input("row", [9]))],
    ["a vector per image", (x) => multiply(x, input("perImage", [2, 32, 1, 1]))],
    ["batch normalisation", normalise],
    ["batch normalisation, sum and relu", (x) => relu(add(normalise(x), other()))],
    ["means of planes", (x) => multiply(x, mean(x, { axes: [2, 3], keep: "axes" }))],
    ["sums over images and pixels", (x) => sum(x, { axes: [0, 2, 3] })],
    ["a mean over channels and pixels", (x) => mean(x, { axes: [1, 2, 3] })],
    ["global average pooling", globalAveragePool],
    ["max pooling", (x) => maxPool2d(x, { kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] })],
    ["depthwise, strided", (x) => conv2d(x, input("d", [32, 1, 3, 3]), { groups: 32, strides: [2, 2] })],
    ["pointwise", (x) => conv2d(x, input("v", [32, 32, 1, 1]))],
    ["pointwise to a half block", (x) => conv2d(x, input("v", [24, 32, 1, 1]))],
  ])("agree with the reference: %s", async (_, f) => {
    const [x, w] = [input("x", shape), input("w", [32, 32, 3, 3])];
    const y = f(conv2d(x, w, { pads: [1, 1, 1, 1] }));
    const [dx, dw] = gradientsOf(sum(multiply(square(y), input("dy", y.shape))), [x, w]);
    const errors = await errorsOn(engine, { y, dx: dx!, dw: dw! });
    expect(Math.max(...Object.values(errors))).toBeLessThan(2e-5);
  });

  it("agree with the reference around pointwise convolutions of large maps", async () => {
    const [x, w, v] = [input("x", [2, 16, 16, 18]), input("w", [16, 16, 3, 3]), input("v", [32, 16, 1, 1])];
    const y = relu(conv2d(relu(conv2d(x, w, { pads: [1, 1, 1, 1] })), v));
    const gradients = gradientsOf(sum(multiply(square(y), input("dy", y.shape))), [x, w, v]);
    const errors = await errorsOn(engine, Object.fromEntries(gradients.map((dx, i) => [`d${i}`, dx])));
    expect(Math.max(...Object.values(errors))).toBeLessThan(2e-5);
  });

  it("stay in the blocked layout, a normalisation in three passes", () => {
    const [x, w, v] = [input("x", shape), input("w", [32, 32, 3, 3]), input("v", [32, 32, 3, 3])];
    const pads = [1, 1, 1, 1] as const;
    const first = relu(normalise(conv2d(x, w, { pads })));
    const block = relu(add(normalise(conv2d(first, v, { pads })), first));
    const nodes = readNodes(lowerProgram(trace({ block }), "cpu", 16).model);
    const count = (operator: string) => nodes.filter(({ op_type }) => op_type === operator).length;
    // x and two weights go in, the result comes out.
    expect([count("ReorderInput"), count("ReorderOutput")]).toEqual([3, 1]);
    // For each layer the convolution, centring, sum of squares, and scale with shift, sum and activation.
    expect(count("Conv")).toBe(8);
    expect(count("Relu") + count("Sub") + count("BatchNormalization")).toBe(0);
  });
});
