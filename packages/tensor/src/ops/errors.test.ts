import { describe, expect, it } from "vitest";
import { ShapeError } from "../errors.js";
import * as ops from "./index.js";

const x = ops.input("x", [2, 3]);
const labels = ops.input("labels", [2], "int32");

/** @returns the error of `wrong` */
function errorOf(wrong: () => unknown): Error {
  try {
    wrong();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("nothing was thrown");
}

describe("a mistake at trace time", () => {
  it.each<[string, () => unknown, string, string]>([
    ["add", () => ops.add(x, ops.input("y", [4])), "[2, 3] and [4]", "equal or 1 on every axis"],
    ["add", () => ops.add(x, labels), "float32 [2, 3] and int32 [2]", "one dtype"],
    ["relu", () => ops.relu(labels), "int32 [2]", "float32"],
    ["exp", () => ops.exp(labels), "x int32 [2]", "float32"],
    ["leakyRelu", () => ops.leakyRelu(labels), "int32 [2]", "float32"],
    ["clip", () => ops.clip(x, 1, 0), "low 1, high 0", "low < high"],
    ["pow", () => ops.pow(x, labels), "float32 [2, 3] and int32 [2]", "one dtype"],
    ["greater", () => ops.greater(x, labels), "float32 [2, 3] and int32 [2]", "float32 or int32"],
    ["logicalAnd", () => ops.logicalAnd(x, x), "float32 [2, 3]", "bool"],
    ["logicalNot", () => ops.logicalNot(x), "float32 [2, 3]", "bool"],
    ["where", () => ops.where(x, x, x), "condition float32 [2, 3]", "bool"],
    ["maximum", () => ops.maximum(x, ops.input("y", [4])), "[2, 3] and [4]", "equal or 1"],
    ["sum", () => ops.sum(x, { axes: [2] }), "axis 2", "from -2 to 1"],
    ["mean", () => ops.mean(x, { axes: [1, -1] }), "[1, -1]", "each axis once"],
    ["mean", () => ops.mean(labels), "int32 [2]", "float32"],
    ["argmax", () => ops.argmax(x, 5), "axis 5", "from -2 to 1"],
    ["matmul", () => ops.matmul(x, x), "float32 [2, 3]", "[..., K, N]"],
    ["linear", () => ops.linear(x, ops.input("w", [5, 4])), "weight float32 [5, 4]", "[O, I]"],
    ["reshape", () => ops.reshape(x, [4, -1]), "float32 [2, 3]", "6 elements"],
    ["reshape", () => ops.reshape(x, [-1, -1]), "[-1, -1]", "at most once"],
    ["squeeze", () => ops.squeeze(x, [1]), "axis 1", "extent 1"],
    ["transpose", () => ops.transpose(x, [0, 0]), "[0, 0]", "each of the 2 axes once"],
    ["slice", () => ops.slice(x, [0, 0], [2, 4]), "ends [2, 4]", "end <= extent"],
    ["slice", () => ops.slice(x, [0, 2], [2, 2]), "starts [0, 2]", "start < end"],
    ["split", () => ops.split(x, 1, [1, 1]), "parts [1, 1]", "add up to 3"],
    ["pad", () => ops.pad(x, [0], [0]), "before [0]", "2 of each"],
    ["concat", () => ops.concat([x, ops.input("y", [3, 3])], 1), "float32 [3, 3]", "except on axis 1"],
    ["concat", () => ops.concat([], 1), "no tensors", "at least one"],
    ["tile", () => ops.tile(x, [2]), "repeats [2]", "2 counts"],
    ["gather", () => ops.gather(x, 0, x), "indices float32 [2, 3]", "int32"],
    ["takeAlong", () => ops.takeAlong(x, 0, labels), "indices int32 [2]", "same shape except on axis 0"],
    [
      "scatterAdd",
      () => ops.scatterAdd([4, 3], 0, labels, ops.input("y", [3, 3])),
      "updates float32 [3, 3]",
      "[2, 3]",
    ],
    ["oneHot", () => ops.oneHot(x, 3), "float32 [2, 3]", "int32"],
    ["topK", () => ops.topK(x, { k: 4 }), "k 4", "1 to 3"],
    ["softmax", () => ops.softmax(labels, 0), "int32 [2]", "float32"],
    ["resize", () => ops.resizeNearest(x, { height: 2, width: 2 }), "float32 [2, 3]", "[N, C, H, W]"],
    ["groupNorm", () => ops.groupNorm(ops.input("y", [1, 4, 2]), 3), "3 groups", "multiple of groups"],
    ["instanceNorm", () => ops.instanceNorm(x), "float32 [2, 3]", "[N, C, ...]"],
    ["dropout", () => ops.dropout(x, x, 0), "keepProb 0", "(0, 1]"],
    ["dft2", () => ops.dft2(ops.input("y", [3])), "float32 [3]", "[..., H, W]"],
    ["constant", () => ops.constant([1, 2], [3]), "2 values", "3 values"],
  ])("in %s names the op, what it got and what it wants", (op, wrong, got, wanted) => {
    const error = errorOf(wrong);
    expect(error).toBeInstanceOf(ShapeError);
    const [before, after] = error.message.split("; wanted ");
    expect(before).toMatch(new RegExp(`^${op}: got `));
    expect(before).toContain(got);
    expect(after).toContain(wanted);
  });

  it("names the line that made it, not one inside this package", () => {
    const here = /errors\.test\.ts:(\d+)/;
    const [own, mistake] = [new Error("mark"), errorOf(() => ops.matmul(x, ops.relu(x)))];
    const line = here.exec(own.stack ?? "")?.[1];
    expect(line).toBeDefined();
    expect(here.exec(mistake.message)?.[1]).toBe(line);
  });
});
