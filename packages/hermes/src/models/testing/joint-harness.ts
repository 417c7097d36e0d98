import { type HostArray, input, type Program, type Tensor, type TensorType } from "@hermes-us/tensor";
import { goldenUniforms } from "../../testing/golden-tensor.js";
import type { JointModel, JointOutput } from "../../nn/joint-net.js";
import { Declarations, Scope, type Mode } from "../../nn/scope.js";

/** A joint network traced once, with numbers for everything it takes. */
export interface TracedJoint {
  readonly declarations: Declarations;
  readonly image: Tensor;
  readonly output: JointOutput;
}

/** Traces a network on images of one shape. */
export function traceJoint(model: JointModel, shape: readonly number[], mode: Mode): TracedJoint {
  const declarations = new Declarations();
  const image = input("image", shape);
  return { declarations, image, output: model(new Scope(declarations, "net/", mode), image) };
}

/** @returns the six parts that are always tensors, all of them made */
export function headsOf({ output }: TracedJoint) {
  const { classLogits, maskLogits, imageEmbedding, pixelEmbedding, classProjection, maskProjection } = output;
  return { classLogits, maskLogits, imageEmbedding, pixelEmbedding, classProjection, maskProjection };
}

/** @returns seeded numbers for every input of a program, by what each is declared to be */
export function feedsFor(program: Program, declarations: Declarations): Record<string, HostArray> {
  return Object.fromEntries(
    [...program.inputs].map(([name, type]) => [name, feed(name, type, declarations)]),
  );
}

function feed(name: string, { shape }: TensorType, declarations: Declarations): HostArray {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const uniform = goldenUniforms(name);
  const initializer = declarations.parameters.get(name)?.initializer;
  const buffer = declarations.buffers.get(name);
  const mask = declarations.masks.get(name);
  const value = (u: number): number => {
    if (initializer !== undefined) {
      if (initializer.kind === "constant") return initializer.value + (u - 0.5) / 5;
      const bound = Math.sqrt((initializer.kind === "he-normal" ? 6 : 1) / initializer.fanIn);
      return bound * (2 * u - 1);
    }
    if (buffer !== undefined) return buffer.initial;
    if (mask !== undefined) return u < mask.keepProb ? 1 : 0;
    return u;
  };
  return { dtype: "float32", shape, data: Float32Array.from({ length: size }, () => value(uniform())) };
}
