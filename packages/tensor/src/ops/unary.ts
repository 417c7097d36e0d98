import { type DefinedOp, defineOp, type LowerContext, type VjpContext } from "../op.js";
import { emitUnary } from "../onnx/lower-elementwise.js";
import type { Value } from "../onnx/graph-builder.js";
import { expectDType } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { SampleMaker, type SampleTensor } from "./samples.js";

export type None = Record<string, never>;

export interface UnaryRule {
  /** The ONNX operator, or what emits its equal. */
  readonly lower: string | ((context: LowerContext<None>) => Value);
  readonly f: (x: number) => number;
  readonly vjp: (context: VjpContext<None>) => Tensor | null;
  readonly samples?: (make: SampleMaker) => SampleTensor;
}

/** Defines a float32 op that maps each element alone. */
export function defineUnary(name: string, rule: UnaryRule): DefinedOp<None> {
  const { lower } = rule;
  return defineOp<None>({
    name,
    infer([x]) {
      expectDType(name, "x", x!, ["float32"]);
      return x!;
    },
    lower: (context) =>
      typeof lower === "string"
        ? emitUnary(context.g, context.inputs[0]!, context.type, (x) => context.g.node(lower, [x]))
        : lower(context),
    vjp: (context) => [rule.vjp(context)],
    reference: ([x]) => x!.data.map(rule.f),
    samples: () => {
      const make = new SampleMaker(31);
      return [{ inputs: [rule.samples?.(make) ?? make.uniform([2, 3, 3], -2, 2)], attributes: {} }];
    },
  });
}
