import { input } from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { goldenTensor } from "../testing/golden-tensor.js";
import { numbersOf } from "../testing/run-tensors.js";
import { interTaskAttention } from "./attention.js";
import { Declarations, Scope } from "./scope.js";

const SHAPE = [2, 8, 5, 4] as const;

/** Runs a gate with all weights 0 but the given biases, so that its two sigmoids are known. */
async function gated(gate: "published" | "residual", channelBias: number, spatialBias: number) {
  const declarations = new Declarations();
  const scope = new Scope(declarations, "att", "train");
  const [c, s] = [input("c", SHAPE), input("s", SHAPE)];
  const output = interTaskAttention(scope, c, s, gate);
  const classMap = goldenTensor("c", [SHAPE, -1, 1]);
  const feeds = { c: classMap, s: goldenTensor("s", [SHAPE, -1, 1]) };
  const parameters = [...declarations.parameters].map(([name, { shape }]) => {
    const value =
      name === "att.channel_attention.fc2.bias"
        ? channelBias
        : name === "att.spatial_attention.conv.bias"
          ? spatialBias
          : 0;
    const size = shape.reduce((product, extent) => product * extent, 1);
    return [name, { dtype: "float32" as const, shape, data: new Float32Array(size).fill(value) }] as const;
  });
  return { got: await numbersOf(output, { ...feeds, ...Object.fromEntries(parameters) }), c: classMap.data };
}

/** 1 / (1 + e^-x) = 0.75 */
const LOGIT_THREE_QUARTERS = Math.log(3);

describe("inter-task attention", () => {
  it("multiplies by both gates where published", async () => {
    const { got, c } = await gated("published", 0, LOGIT_THREE_QUARTERS);
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(c[i]! * 0.5 * 0.75, 5);
  });

  it("adds the gated map to the map where residual", async () => {
    const { got, c } = await gated("residual", LOGIT_THREE_QUARTERS, 0);
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(c[i]! * (1 + 0.75 * 0.5), 5);
  });

  it("is the identity, or nothing, where the gates are shut", async () => {
    const shut = await gated("published", -50, 0);
    for (const value of shut.got) expect(value).toBeCloseTo(0, 6);
    const open = await gated("residual", -50, 0);
    for (const [i, value] of open.got.entries()) expect(value).toBeCloseTo(open.c[i]!, 6);
  });
});
