import type { GraphBuilder, Value } from "./onnx/graph-builder.js";
import type { SampleCase } from "./ops/samples.js";
import type { TensorType } from "./shape.js";
import { Tensor } from "./tensor.js";

export type AttributeValue = number | string | readonly number[] | Float64Array;
export type Attributes = { readonly [name: string]: AttributeValue };

/** A tensor of the reference engine: every dtype as float64. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export interface VjpContext<A> {
  /** Gradient of the final scalar with respect to the output; same shape as the output. */
  readonly cotangent: Tensor;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly attributes: A;
}

export interface LowerContext<A> {
  readonly g: GraphBuilder;
  readonly inputs: readonly Value[];
  readonly inputTypes: readonly TensorType[];
  readonly type: TensorType;
  readonly attributes: A;
}

/** One primitive: all that any part of the system needs to know about it. */
export interface Op<A extends Attributes = Attributes> {
  readonly name: string;
  /** @throws ShapeError naming the op, what it got and what it wants */
  infer(inputs: readonly TensorType[], attributes: A): TensorType;
  /** Emits ONNX nodes for the target of `g`. */
  lower(context: LowerContext<A>): Value;
  /** @returns one cotangent per input, `null` where the input has no gradient; built of ops, so it differentiates again */
  vjp(context: VjpContext<A>): readonly (Tensor | null)[];
  /** Plain loops in float64: the oracle of the tests. */
  reference(inputs: readonly NdArray[], attributes: A, type: TensorType): Float64Array;
  /** Inputs for the checkers, kept away from kinks. */
  readonly samples: () => readonly SampleCase<A>[];
}

export interface DefinedOp<A extends Attributes> extends Op<A> {
  apply(inputs: readonly Tensor[], attributes: A): Tensor;
}

const registry = new Map<string, Op>();

/** Registers a primitive under its name; two of one name throw. */
export function defineOp<A extends Attributes>(op: Op<A>): DefinedOp<A> {
  if (registry.has(op.name)) throw new Error(`two ops are named ${op.name}`);
  const defined: DefinedOp<A> = Object.freeze({
    ...op,
    apply: (inputs: readonly Tensor[], attributes: A) =>
      new Tensor(defined, inputs, attributes, op.infer(inputs, attributes)),
  });
  registry.set(op.name, defined);
  return defined;
}

/** Every primitive that has been loaded, by name. */
export function registeredOps(): ReadonlyMap<string, Op> {
  return registry;
}
