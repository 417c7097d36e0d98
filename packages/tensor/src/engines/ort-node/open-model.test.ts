import { describe, expect, it } from "vitest";
import { EngineError } from "../../errors.js";
import { GraphBuilder } from "../../onnx/graph-builder.js";
import { readModel } from "../../onnx/read-model.js";
import { openOrtNodeModel } from "./open-model.js";

/** Doubles rows of any number, and tells which are above 3. */
function doubling(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const g = new GraphBuilder("portable");
  const x = g.input("x", "float32", ["N", 2]);
  const doubled = g.node("Mul", [x, g.scalar(2)]);
  g.output("doubled", doubled, "float32", ["N", 2]);
  g.output("large", g.node("Greater", [doubled, g.scalar(3)]), "bool", ["N", 2]);
  return g.encode(metadata);
}

const rows = (...values: number[]) => ({
  dtype: "float32" as const,
  shape: [values.length / 2, 2],
  data: Float32Array.from(values),
});

describe("running an ONNX file", () => {
  it("gives the outputs asked for in the shapes that they come out in", async () => {
    await using session = await openOrtNodeModel(doubling(), { threads: 1 });
    expect([session.inputs, session.outputs]).toEqual([["x"], ["doubled", "large"]]);
    const one = await session.run({ x: rows(1, 2) }, ["doubled", "large"]);
    expect(one["doubled"]).toEqual(rows(2, 4));
    expect(one["large"]).toEqual({ dtype: "bool", shape: [1, 2], data: Uint8Array.of(0, 1) });
    const [two, three] = await Promise.all([
      session.run({ x: rows(1, 2, 3, 4) }, ["doubled"]),
      session.run({ x: rows(5, 6, 7, 8, 9, 10) }, ["doubled"]),
    ]);
    expect(two).toEqual({ doubled: rows(2, 4, 6, 8) });
    expect(three).toEqual({ doubled: rows(10, 12, 14, 16, 18, 20) });
  });

  it("refuses a file that is none, and feeds of another shape", async () => {
    await expect(openOrtNodeModel(Uint8Array.of(1, 2, 3))).rejects.toThrow(EngineError);
    await using session = await openOrtNodeModel(doubling(), { threads: 1 });
    const wrong = { dtype: "float32" as const, shape: [3], data: new Float32Array(3) };
    await expect(session.run({ x: wrong }, ["doubled"])).rejects.toThrow(EngineError);
  });
});

describe("reading what an ONNX file says of itself", () => {
  it("finds names, metadata and a checksum of the constants", () => {
    const read = readModel(doubling({ author: "nobody" }));
    expect(read).toMatchObject({
      producerName: "hermes",
      opset: 21,
      nodes: 4,
      inputs: ["x"],
      outputs: ["doubled", "large"],
      metadata: { author: "nobody" },
      weightsBytes: 8,
    });
    expect(readModel(doubling()).weightsSha256).toBe(read.weightsSha256);
  });

  it("refuses what is no model", () => {
    expect(() => readModel(new Uint8Array(0))).toThrow();
    expect(() => readModel(new TextEncoder().encode("no model at all"))).toThrow();
    const whole = doubling();
    expect(() => readModel(whole.subarray(0, whole.length >> 1))).toThrow();
  });
});
