import { ShapeError } from "../errors.js";
import { type DefinedOp, defineOp, type NdArray } from "../op.js";
import type { GraphBuilder, Value } from "../onnx/graph-builder.js";
import { expectDType, formatType, normalizeAxis, type TensorType } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { SampleMaker } from "./samples.js";
import { viewAxis } from "./strided.js";
import { scatterAddAlong } from "./take-along.js";

type TopKAttributes = { axis: number; k: number; order: "largest" | "smallest" };

function infer(x: TensorType, { axis, k }: TopKAttributes): readonly number[] {
  expectDType("topK", "x", x, ["float32"]);
  if (!Number.isInteger(k) || k < 1 || k > x.shape[axis]!) {
    throw new ShapeError(
      "topK",
      `k ${k} on axis ${axis} of ${formatType(x)}`,
      `1 to ${x.shape[axis]}`,
      "lower k",
    );
  }
  return x.shape.with(axis, k);
}

/** Both outputs come from one node, since equal nodes are shared. */
function emit(g: GraphBuilder, x: Value, { axis, k, order }: TopKAttributes): readonly Value[] {
  const attributes = { axis, largest: order === "largest" ? 1 : 0, sorted: 1 };
  return g.nodeOutputs("TopK", [x, g.ints([k])], attributes, { outputs: 2 });
}

/** Calls `visit` with the offset in the result, the place on the axis and the value of each element chosen. */
function chooseLoop(
  x: NdArray,
  { axis, k, order }: TopKAttributes,
  visit: (to: number, at: number, value: number) => void,
) {
  const { outer, extent, inner } = viewAxis(x.shape, axis);
  const sign = order === "largest" ? -1 : 1;
  for (let lane = 0; lane < outer * inner; lane++) {
    const block = Math.floor(lane / inner);
    const valueAt = (at: number) => x.data[(block * extent + at) * inner + (lane % inner)]!;
    const places = Array.from({ length: extent }, (_, at) => at);
    places.sort((a, b) => sign * (valueAt(a) - valueAt(b)) || a - b);
    for (let i = 0; i < k; i++)
      visit((block * k + i) * inner + (lane % inner), places[i]!, valueAt(places[i]!));
  }
}

function samples() {
  const make = new SampleMaker(63);
  const order = "largest" as const;
  return [
    { inputs: [make.distinct([2, 6, 3])], attributes: { axis: 1, k: 2, order } },
    { inputs: [make.distinct([3, 5])], attributes: { axis: 1, k: 5, order: "smallest" as const } },
    { inputs: [make.distinct([7])], attributes: { axis: 0, k: 1, order } },
  ];
}

const indicesOp: DefinedOp<TopKAttributes> = defineOp<TopKAttributes>({
  name: "topK.indices",
  infer: ([x], attributes) => ({ dtype: "int32", shape: infer(x!, attributes) }),
  lower: ({ g, inputs, attributes }) => g.node("Cast", [emit(g, inputs[0]!, attributes)[1]!], { to: 6 }),
  vjp: () => [null],
  reference([x], attributes, type) {
    const out = new Float64Array(
      (x!.data.length / x!.shape[attributes.axis]!) * type.shape[attributes.axis]!,
    );
    chooseLoop(x!, attributes, (to, at) => {
      out[to] = at;
    });
    return out;
  },
  samples,
});

const valuesOp = defineOp<TopKAttributes>({
  name: "topK.values",
  infer: ([x], attributes) => ({ dtype: "float32", shape: infer(x!, attributes) }),
  lower: ({ g, inputs, attributes }) => emit(g, inputs[0]!, attributes)[0]!,
  vjp({ cotangent, inputs: [x], attributes }) {
    const { axis } = attributes;
    return [scatterAddAlong(x!.shape[axis]!, axis, indicesOp.apply([x!], attributes), cotangent)];
  },
  reference([x], attributes, type) {
    const out = new Float64Array(
      (x!.data.length / x!.shape[attributes.axis]!) * type.shape[attributes.axis]!,
    );
    chooseLoop(x!, attributes, (to, _, value) => {
      out[to] = value;
    });
    return out;
  },
  samples,
});

export interface TopKOptions {
  readonly k: number;
  /** The last axis where none is given. */
  readonly axis?: number;
  /** Which end: `"largest"` where nothing is said. */
  readonly order?: "largest" | "smallest";
}

/**
 * The k most extreme elements on an axis, best first; of equal ones the first.
 * @returns values float32 and indices int32, both `k` long on the axis
 */
export function topK(
  x: Tensor,
  { k, axis = -1, order = "largest" }: TopKOptions,
): { readonly values: Tensor; readonly indices: Tensor } {
  const attributes = { axis: normalizeAxis("topK", axis, x.rank), k, order };
  return { values: valuesOp.apply([x], attributes), indices: indicesOp.apply([x], attributes) };
}
