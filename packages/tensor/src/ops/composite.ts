import type { Attributes, NdArray } from "../op.js";
import type { Tensor } from "../tensor.js";
import type { SampleCase } from "./samples.js";

/**
 * A public function made of several ops, described for the checkers: what it builds, the same in plain float64 loops,
 * and inputs to try. One that returns several tensors registers each under its own name.
 */
export interface Composite<A extends Attributes = Attributes> {
  readonly name: string;
  build(inputs: readonly Tensor[], attributes: A): Tensor;
  /** Written apart from `build`, so that one checks the other. */
  reference(inputs: readonly NdArray[], attributes: A): Float64Array;
  readonly samples: () => readonly SampleCase<A>[];
}

const registry = new Map<string, Composite>();

/** Registers a composite for the checkers; two of one name throw. */
export function defineComposite<A extends Attributes>(composite: Composite<A>): void {
  if (registry.has(composite.name)) throw new Error(`two composites are named ${composite.name}`);
  registry.set(composite.name, composite);
}

/** Every composite that has been loaded, by name. */
export function registeredComposites(): ReadonlyMap<string, Composite> {
  return registry;
}
