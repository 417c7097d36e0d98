import { nchwc } from "./blocked-layout.js";
import type { GraphBuilder, NodeAttributes, Producer, Value } from "./graph-builder.js";

/**
 * scale * x + shift per channel on the blocked layout, as a depthwise 1x1 convolution: one pass over memory, which also
 * adds another value of the same shape and applies an activation where asked.
 */

/** @param shift [C], [C, 1, 1] or any other shape of as many elements */
export function affine(g: GraphBuilder, blocks: Value, channels: number, scale: Value, shift?: Value): Value {
  const inputs = [blocks, g.reshape(scale, [channels, 1, 1, 1]), ...(shift === undefined ? [] : [shift])];
  return g.node("Conv", inputs, { kernel_shape: [1, 1], group: channels }, nchwc);
}

/** @returns x + shift, in the pass that scaled x if there is one */
export function shifted(g: GraphBuilder, blocks: Value, channels: number, shift: Value): Value {
  const made = affinePass(g, blocks);
  if (made !== undefined && made.inputs.length === 2)
    return g.node("Conv", [...made.inputs, shift], made.attributes, nchwc);
  return affine(
    g,
    blocks,
    channels,
    g.floats([channels, 1, 1, 1], new Float32Array(channels).fill(1)),
    shift,
  );
}

/** @returns a + b, in the pass that scaled one of them if there is one */
export function summed(g: GraphBuilder, a: Value, b: Value): Value {
  for (const [scaled, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const made = affinePass(g, scaled);
    if (made === undefined || made.inputs.length > 3) continue;
    const [x, scale, shift = null] = made.inputs;
    return g.node("Conv", [x!, scale!, shift, other], made.attributes, nchwc);
  }
  return g.node("Add", [a, b]);
}

/** @returns the value after an activation, in the pass that made it where that was an affine one */
export function activated(g: GraphBuilder, blocks: Value, activation: NodeAttributes): Value | undefined {
  const made = affinePass(g, blocks);
  return made && g.node("Conv", made.inputs, { ...made.attributes, ...activation }, nchwc);
}

/** The pass is written again with more to do; the first one is left out unless someone else reads it. */
function affinePass(g: GraphBuilder, value: Value): Producer | undefined {
  const made = g.producer(value);
  if (made?.opType !== "Conv" || made.domain !== nchwc.domain) return undefined;
  const { kernel_shape, group, activation } = made.attributes;
  const pointwise = Array.isArray(kernel_shape) && kernel_shape.every((extent: number) => extent === 1);
  return pointwise && group !== undefined && activation === undefined ? made : undefined;
}
