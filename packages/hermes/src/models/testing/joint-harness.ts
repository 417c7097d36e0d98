import { type HostArray, input, type Program, type Tensor, type TensorType } from "@hermes-us/tensor";
import { goldenTensor } from "../../testing/golden-tensor.js";
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

/** Numbers made before, by name and shape: large networks are traced several times in one test file. */
export type FeedCache = Map<string, HostArray>;

/** @returns seeded numbers for every input of a program, by what each is declared to be */
export function feedsFor(
  program: Program,
  declarations: Declarations,
  cache: FeedCache,
): Record<string, HostArray> {
  return Object.fromEntries(
    [...program.inputs].map(([name, type]) => {
      const at = `${name} ${type.shape.join()}`;
      const made = cache.get(at) ?? feed(name, type, declarations);
      cache.set(at, made);
      return [name, made];
    }),
  );
}

function feed(name: string, { shape }: TensorType, declarations: Declarations): HostArray {
  const initializer = declarations.parameters.get(name)?.initializer;
  const buffer = declarations.buffers.get(name);
  if (buffer !== undefined) return goldenTensor(name, [shape, buffer.initial, buffer.initial]);
  if (initializer === undefined) return goldenTensor(name, [shape, 0, 1]);
  if (initializer.kind === "constant") {
    return goldenTensor(name, [shape, initializer.value - 0.1, initializer.value + 0.1]);
  }
  const bound = Math.sqrt((initializer.kind === "he-normal" ? 6 : 1) / initializer.fanIn);
  return goldenTensor(name, [shape, -bound, bound]);
}
