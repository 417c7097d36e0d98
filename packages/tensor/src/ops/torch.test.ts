import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { gradientsOf } from "../autodiff.js";
import { relativeError } from "../check/relative-error.js";
import { evaluate } from "../engines/reference.js";
import { trace } from "../program.js";
import type { Tensor } from "../tensor.js";
import * as ops from "./index.js";

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Case {
  readonly name: string;
  readonly options: Readonly<Record<string, number | string>>;
  readonly inputs: readonly Numbers[];
  readonly output: Numbers;
  readonly cotangent: Numbers;
  /** One per input; null for indices. */
  readonly gradients: readonly (Numbers | null)[];
}

const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(new URL("../../../../fixtures/ops/ops.json", import.meta.url), "utf8"),
);

type Build = (inputs: readonly Tensor[], options: Case["options"]) => Tensor;

const builders: Readonly<Record<string, Build>> = {
  resize: ([x], { height, width, grid }) => {
    const size = { height: Number(height), width: Number(width) };
    return grid === "align-corners" || grid === "half-pixel"
      ? ops.resizeBilinear(x!, size, grid)
      : ops.resizeNearest(x!, size);
  },
  relu: ([x]) => ops.relu(x!),
  relu6: ([x]) => ops.relu6(x!),
  leakyRelu: ([x], { slope }) => ops.leakyRelu(x!, Number(slope)),
  max: ([x]) => ops.max(x!, { axes: [1] }),
  maximum: ([a, b]) => ops.maximum(a!, b!),
  minimum: ([a, b]) => ops.minimum(a!, b!),
  abs: ([x]) => ops.abs(x!),
  instanceNorm: ([x, gamma, beta]) => ops.instanceNorm(x!, { affine: { gamma: gamma!, beta: beta! } }),
  groupNorm: ([x, gamma, beta], { groups }) =>
    ops.groupNorm(x!, Number(groups), { affine: { gamma: gamma!, beta: beta! } }),
  layerNorm: ([x, gamma, beta]) => ops.layerNorm(x!, { affine: { gamma: gamma!, beta: beta! } }),
  l2Normalize: ([x]) => ops.l2Normalize(x!, 1),
  softmax: ([x]) => ops.softmax(x!, 1),
  logSoftmax: ([x]) => ops.logSoftmax(x!, 1),
  logSumExp: ([x]) => ops.logSumExp(x!, { axes: [1] }),
  softplus: ([x]) => ops.softplus(x!),
  variance: ([x]) => ops.variance(x!, { axes: [1] }),
  topK: ([x], { k }) => ops.topK(x!, { k: Number(k) }).values,
  gather: ([x, indices]) => ops.gather(x!, 1, indices!),
  scatterAdd: ([x, indices, updates]) => ops.scatterAdd(x!, 1, indices!, updates!),
  takeAlong: ([x, indices]) => ops.takeAlong(x!, 1, indices!),
  "dft2.amplitude": ([x]) => ops.amplitude(ops.dft2(x!)),
};

const toArray = ({ shape, data }: Numbers) => ({ shape, data: Float64Array.from(data) });

/** @returns the output of a case and its gradients, from the reference engine */
function run({ name, options, inputs, cotangent, gradients }: Case) {
  const tensors = inputs.map(({ shape }, i) =>
    ops.input(`x${i}`, shape, gradients[i] === null ? "int32" : "float32"),
  );
  const out = builders[name]!(tensors, options);
  const wrt = tensors.filter(({ dtype }) => dtype === "float32");
  const loss = ops.sum(ops.multiply(out, ops.input("cotangent", cotangent.shape)));
  const named = gradientsOf(loss, wrt).map((tensor, i) => [`gradient${i}`, tensor] as const);
  const feeds = Object.fromEntries(inputs.map((numbers, i) => [`x${i}`, toArray(numbers)]));
  return evaluate(trace({ out, ...Object.fromEntries(named) }), { ...feeds, cotangent: toArray(cotangent) });
}

describe("PyTorch's values and gradients", () => {
  it.each(cases.map((each, i) => ({ title: `${each.name} (${i}) ${JSON.stringify(each.options)}`, each })))(
    "$title",
    ({ each }) => {
      const results = run(each);
      expect(results.out!.shape).toEqual(each.output.shape);
      expect(relativeError(results.out!.data, each.output.data)).toBeLessThan(1e-6);
      const wanted = each.gradients.filter((numbers) => numbers !== null);
      for (const [i, { data }] of wanted.entries()) {
        expect(relativeError(results[`gradient${i}`]!.data, data), `gradient ${i}`).toBeLessThan(1e-6);
      }
    },
  );

  it("are asked of every builder", () => {
    expect(new Set(cases.map(({ name }) => name))).toEqual(new Set(Object.keys(builders)));
  });
});
