import { describe, expect, it } from "vitest";
import { PathFinder } from "./listed-path.js";
import { memoryTree } from "./testing/memory-tree.js";

const finder = new PathFinder(
  memoryTree({ "a.png": "", "x/b.png": "", "y/b.png": "", "x/deep/c.png": "", "x/a..b.png": "" }),
);

describe("PathFinder", () => {
  it.each([
    ["a.png", [""], "a.png"],
    ["./a.png", [""], "a.png"],
    ["b.png", ["x"], "x/b.png"],
    ["b.png", ["y", "x"], "y/b.png"],
    ["deep\\c.png", [""], "x/deep/c.png"],
    ["c.png", [""], "x/deep/c.png"],
    ["a..b.png", ["x"], "x/a..b.png"],
  ])("finds %j below %j", (named, folders, path) => {
    expect(finder.find(named, folders)).toEqual({ kind: "found", path });
  });

  it.each([
    ["b.png", "ambiguous"],
    ["z.png", "missing"],
    ["ng", "missing"],
    ["../a.png", "outside"],
    ["x\\..\\..\\a.png", "outside"],
  ])("does not find %j: %s", (named, kind) => {
    expect(finder.find(named, [""]).kind).toBe(kind);
  });
});
