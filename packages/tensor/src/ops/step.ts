import { defineOp } from "../op.js";
import type { GraphBuilder, Value } from "../onnx/graph-builder.js";
import { emitUnary } from "../onnx/lower-elementwise.js";
import { expectDType } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { SampleMaker } from "./samples.js";

/** Takes the smallest normal float32 above 1, so that HardSigmoid has only its two flat ends. */
const STEEP = 3e38;

/**
 * Emits 1 where `x > 0`, else 0. On the CPU provider max(0, min(1, 3e38 x)) is 1.6 times faster than a comparison
 * and a cast.
 */
export function lowerStep(g: GraphBuilder, x: Value): Value {
  if (g.target === "cpu") return g.node("HardSigmoid", [x], { alpha: { float: STEEP }, beta: { float: 0 } });
  return g.node("Cast", [g.node("Greater", [x, g.scalar(0)])], { to: 1 });
}

const stepOp = defineOp<Record<string, never>>({
  name: "step",
  infer([x]) {
    expectDType("step", "x", x!, ["float32"]);
    return x!;
  },
  lower: ({ g, inputs, type }) => emitUnary(g, inputs[0]!, type, (x) => lowerStep(g, x)),
  vjp: () => [null],
  reference: ([x]) => x!.data.map((value) => (value > 0 ? 1 : 0)),
  samples: () => {
    const make = new SampleMaker(30);
    return [{ inputs: [make.awayFrom([3, 5], [0])], attributes: {} }];
  },
});

/** 1 where x > 0, else 0 (also at 0); its gradient is 0. */
export function step(x: Tensor): Tensor {
  return stepOp.apply([x], {});
}
