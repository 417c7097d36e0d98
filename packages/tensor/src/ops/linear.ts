import { ShapeError } from "../errors.js";
import { formatType } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { defineComposite } from "./composite.js";
import { matmul } from "./matmul.js";
import { SampleMaker } from "./samples.js";

/**
 * x W^T + bias, as torch.nn.Linear.
 * @param x [..., I]
 * @param weight [O, I]
 * @param bias [O]
 * @returns [..., O]
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [features, inputs] = weight.shape;
  const fits = weight.rank === 2 && x.rank >= 2 && x.shape[x.rank - 1] === inputs;
  if (!fits || (bias !== undefined && (bias.rank !== 1 || bias.shape[0] !== features))) {
    const got = `x ${formatType(x)}, weight ${formatType(weight)}${bias === undefined ? "" : `, bias ${formatType(bias)}`}`;
    throw new ShapeError(
      "linear",
      got,
      "x [..., I], weight [O, I], bias [O]",
      "reshape x or correct the weights",
    );
  }
  const product = matmul(x, weight, { transposeB: "transpose" });
  return bias === undefined ? product : add(product, bias);
}

defineComposite<Record<string, never>>({
  name: "linear",
  build: ([x, weight, bias]) => linear(x!, weight!, bias),
  reference([x, weight, bias]) {
    const [features, inputs] = weight!.shape as readonly [number, number];
    return Float64Array.from({ length: (x!.data.length / inputs) * features }, (_, at) => {
      const [row, feature] = [Math.floor(at / features), at % features];
      let sum = bias?.data[feature] ?? 0;
      for (let i = 0; i < inputs; i++)
        sum += x!.data[row * inputs + i]! * weight!.data[feature * inputs + i]!;
      return sum;
    });
  },
  samples: () => {
    const make = new SampleMaker(82);
    return [
      { inputs: [make.uniform([3, 4]), make.uniform([2, 4]), make.uniform([2])], attributes: {} },
      { inputs: [make.uniform([2, 3, 4]), make.uniform([5, 4])], attributes: {} },
    ];
  },
});
