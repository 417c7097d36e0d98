import { describe, expect, it } from "vitest";
import type { UnlabelledBatch } from "../data/batch.js";
import { IDENTITY, mirror } from "../data/augment/affine.js";
import type { PreparedImage } from "../data/prepared-image.js";
import { pseudoMaskDice } from "./hidden-truth.js";
import { stepNames } from "./training-program.js";

const SIDE_PX = 2;
const prepared: PreparedImage = {
  sidePx: SIDE_PX,
  image: new Uint8Array(4),
  mask: Uint8Array.from([1, 0, 1, 0]),
  content: { leftPx: 0, topPx: 0, widthPx: 2, heightPx: 2 },
  pixelAspect: 1,
};

const unlabelled: UnlabelledBatch = {
  sidePx: SIDE_PX,
  ids: ["plain", "mirrored", "unknown"],
  weak: new Float32Array(12),
  strong: new Float32Array(12),
  secondStrong: null,
  affines: [IDENTITY, mirror("horizontal"), IDENTITY],
};
const truth = {
  label: () => null,
  prepared: async (id: string) => (id === "unknown" ? null : prepared),
};

function quality(mask: readonly number[], keep: readonly number[]): Promise<number | null> {
  const shape = [3, SIDE_PX, SIDE_PX];
  const outputs = {
    [stepNames.pseudoMask]: { dtype: "int32" as const, shape, data: Int32Array.from(mask) },
    [stepNames.pseudoKeepPixels]: { dtype: "float32" as const, shape, data: Float32Array.from(keep) },
  };
  const labelled = {
    sidePx: SIDE_PX,
    ids: [],
    image: new Float32Array(),
    mask: new Int32Array(),
    label: new Int32Array(),
    hasMask: new Float32Array(),
    hasClass: new Float32Array(),
  };
  return pseudoMaskDice({ outputs, gradientNorms: {} }, { step: 0, labelled, unlabelled }, truth);
}

const all = new Array<number>(12).fill(1);

describe("pseudoMaskDice", () => {
  it("compares with the outline seen through the same geometry", async () => {
    expect(await quality([1, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1], all)).toBe(1);
    expect(await quality([1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0], all)).toBe(0.5);
  });

  it("counts the kept pixels alone, and images whose outline is known", async () => {
    // Both wrong pixels of the second image are not kept; of its two right ones one is.
    expect(await quality([1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 0, 1, 0, 0, 1, 1, 1, 1])).toBe(1);
    expect(await quality(new Array<number>(12).fill(0), new Array<number>(12).fill(0))).toBeNull();
  });
});
