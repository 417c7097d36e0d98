import { describe, expect, it } from "vitest";
import { gradientsOf } from "./autodiff.js";
import { evaluate } from "./engines/reference.js";
import {
  add,
  constant,
  exp,
  input,
  log,
  multiply,
  relu,
  softmax,
  stopGradient,
  subtract,
  sum,
} from "./ops/index.js";
import { type Program, trace } from "./program.js";

const x = () => input("x", [2, 3]);
const opNames = (program: Program) => program.nodes.map(({ op }) => op.name);

describe("trace", () => {
  it("leaves out what no output needs", () => {
    const a = x();
    log(exp(a));
    const program = trace({ y: relu(a) });
    expect(opNames(program)).toEqual(["input", "relu"]);
    expect([...program.inputs.keys()]).toEqual(["x"]);
  });

  it("computes equal expressions once, across outputs and gradients", () => {
    const a = x();
    const program = trace({
      y: add(exp(a), exp(a)),
      z: exp(stopGradient(a)),
      g: gradientsOf(sum(exp(a)), [a])[0]!,
    });
    expect(opNames(program).filter((name) => name === "exp")).toHaveLength(1);
  });

  it("keeps apart what differs in an attribute alone", () => {
    const program = trace({ y: softmax(x(), 0), z: softmax(x(), 1) });
    expect(opNames(program).filter((name) => name === "softmax")).toHaveLength(2);
  });

  it("computes what depends on constants alone", () => {
    const program = trace({ y: add(x(), exp(multiply(constant([1, 2, 3]), 2))) });
    expect(opNames(program)).toEqual(["input", "constant", "add"]);
    const zeros = { shape: [2, 3], data: new Float64Array(6) };
    const { data } = evaluate(program, { x: zeros }).y!;
    expect(data[2]).toBeCloseTo(Math.exp(6), 4);
  });

  it("drops neutral operands, but not where they stretch the shape", () => {
    expect(opNames(trace({ y: multiply(1, add(subtract(x(), 0), 0)) }))).toEqual(["input"]);
    expect(opNames(trace({ y: subtract(0, x()) }))).toContain("subtract");
    expect(opNames(trace({ y: add(input("row", [3]), constant(new Float64Array(6), [2, 3])) }))).toContain(
      "add",
    );
  });

  it("takes an input of one name and type as one, and refuses two types", () => {
    expect(trace({ y: add(x(), x()) }).inputs.size).toBe(1);
    expect(() => trace({ y: x(), z: input("x", [3]) })).toThrow(
      /^trace: got two inputs named x with different types/,
    );
  });
});

describe("the hash of a program", () => {
  const hashOf = (build: () => Parameters<typeof trace>[0]) => trace(build()).hash;
  const plain = () => ({ y: softmax(multiply(x(), 2), 1) });

  it("is the same for the same trace", () => {
    expect(hashOf(plain)).toBe(hashOf(plain));
    expect(hashOf(plain)).toMatch(/^[0-9a-f]{64}$/);
  });

  it("does not see dead code or the way to an equal program", () => {
    expect(
      hashOf(() => {
        exp(x());
        return { y: softmax(multiply(add(x(), 0), constant(2)), -1) };
      }),
    ).toBe(hashOf(plain));
  });

  const big = (last: number) => constant(Float64Array.from({ length: 40 }, (_, i) => (i === 39 ? last : i)));
  it.each([
    ["an attribute", () => ({ y: softmax(multiply(x(), 2), 0) })],
    ["a constant", () => ({ y: softmax(multiply(x(), 3), 1) })],
    ["an op", () => ({ y: softmax(add(x(), 2), 1) })],
    ["the name of an output", () => ({ z: softmax(multiply(x(), 2), 1) })],
    ["the name of an input", () => ({ y: softmax(multiply(input("w", [2, 3]), 2), 1) })],
    ["a shape", () => ({ y: softmax(multiply(input("x", [2, 4]), 2), 1) })],
  ])("differs with %s", (_, build) => {
    expect(hashOf(build)).not.toBe(hashOf(plain));
  });

  it("differs with one number of a large constant", () => {
    expect(hashOf(() => ({ y: big(1) }))).not.toBe(hashOf(() => ({ y: big(2) })));
  });
});
