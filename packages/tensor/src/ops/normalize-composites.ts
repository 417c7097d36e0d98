import type { NdArray } from "../op.js";
import { sizeOf } from "../shape.js";
import { defineComposite } from "./composite.js";
import { groupNorm, instanceNorm, layerNorm } from "./normalize.js";
import { SampleMaker } from "./samples.js";

/** Standardises runs of `run` neighbouring elements; `channelOf` gives each element's gamma and beta. */
function standardizeRuns(
  [x, gamma, beta]: readonly NdArray[],
  run: number,
  { epsilon, channelOf }: { readonly epsilon: number; readonly channelOf: (i: number) => number },
): Float64Array {
  const out = new Float64Array(x!.data.length);
  for (let start = 0; start < out.length; start += run) {
    const values = x!.data.subarray(start, start + run);
    const mean = values.reduce((sum, value) => sum + value, 0) / run;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / run;
    for (let i = 0; i < run; i++) {
      const channel = channelOf(start + i);
      const scaled = ((values[i]! - mean) / Math.sqrt(variance + epsilon)) * (gamma?.data[channel] ?? 1);
      out[start + i] = scaled + (beta?.data[channel] ?? 0);
    }
  }
  return out;
}

function channelIndex(x: NdArray): (i: number) => number {
  const pixels = sizeOf(x.shape.slice(2));
  return (i) => Math.floor(i / pixels) % x.shape[1]!;
}

const make = () => new SampleMaker(81);

defineComposite<{ epsilon: number }>({
  name: "instanceNorm",
  build: ([x, gamma, beta], { epsilon }) =>
    instanceNorm(x!, gamma && beta ? { affine: { gamma, beta }, epsilon } : { epsilon }),
  reference: (inputs, { epsilon }) =>
    standardizeRuns(inputs, sizeOf(inputs[0]!.shape.slice(2)), {
      epsilon,
      channelOf: channelIndex(inputs[0]!),
    }),
  samples: () => [
    {
      inputs: [make().uniform([2, 3, 4, 3]), make().uniform([3], 0.5, 2), make().uniform([3])],
      attributes: { epsilon: 1e-5 },
    },
    { inputs: [make().uniform([1, 2, 5])], attributes: { epsilon: 0.1 } },
  ],
});

defineComposite<{ groups: number }>({
  name: "groupNorm",
  build: ([x, gamma, beta], { groups }) =>
    groupNorm(x!, groups, gamma && beta ? { affine: { gamma, beta } } : {}),
  reference(inputs, { groups }) {
    const run = sizeOf(inputs[0]!.shape.slice(1)) / groups;
    return standardizeRuns(inputs, run, { epsilon: 1e-5, channelOf: channelIndex(inputs[0]!) });
  },
  samples: () => [
    {
      inputs: [make().uniform([2, 6, 2, 2]), make().uniform([6], 0.5, 2), make().uniform([6])],
      attributes: { groups: 3 },
    },
    { inputs: [make().uniform([1, 4, 3])], attributes: { groups: 1 } },
  ],
});

defineComposite<{ axes: readonly number[] }>({
  name: "layerNorm",
  build: ([x, gamma, beta], { axes }) =>
    layerNorm(x!, gamma && beta ? { axes, affine: { gamma, beta } } : { axes }),
  reference(inputs, { axes }) {
    const run = sizeOf(inputs[0]!.shape.slice(-axes.length));
    return standardizeRuns(inputs, run, { epsilon: 1e-5, channelOf: (i) => i % run });
  },
  samples: () => [
    {
      inputs: [make().uniform([3, 6]), make().uniform([6], 0.5, 2), make().uniform([6])],
      attributes: { axes: [-1] },
    },
    { inputs: [make().uniform([2, 3, 4])], attributes: { axes: [-2, -1] } },
  ],
});
