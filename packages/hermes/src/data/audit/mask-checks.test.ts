import { describe, expect, it } from "vitest";
import { findComponents } from "./components.js";
import { checkMask, type MaskFacts } from "./mask-checks.js";

const SIDE = 64;

/** A dark disc on a bright ground with a little structure, and its mask. */
function scene(centreX = 24, centreY = 30, radius = 9) {
  const grey = new Uint8Array(SIDE * SIDE);
  const data = new Uint8Array(SIDE * SIDE);
  for (let at = 0; at < grey.length; at++) {
    const x = at % SIDE;
    const y = Math.floor(at / SIDE);
    const inside = Math.hypot(x - centreX, y - centreY) <= radius;
    grey[at] = (inside ? 40 : 130) + ((7 * x + 13 * y) % 17);
    data[at] = inside ? 1 : 0;
  }
  return { grey, data };
}

function codes(changes: Partial<MaskFacts> = {}, grey = scene().grey): string[] {
  const facts: MaskFacts = {
    id: "a",
    widthPx: SIDE,
    heightPx: SIDE,
    data: scene().data,
    faults: [],
    filesWithAlpha: [],
    lesion: "expected",
    ...changes,
  };
  return checkMask(facts, grey).map(({ code }) => code);
}

describe("checkMask", () => {
  it("has nothing to say about a good mask", () => {
    expect(codes()).toEqual([]);
  });

  it("names each fault", () => {
    const empty = new Uint8Array(SIDE * SIDE);
    expect(codes({ data: empty })).toEqual(["mask-empty"]);
    expect(codes({ data: empty, lesion: "not-expected" })).toEqual([]);
    expect(codes({ lesion: "not-expected" })).toEqual(["mask-on-normal"]);
    expect(codes({ data: empty.map(() => 1) })).toContain("mask-large");
    expect(codes({ filesWithAlpha: ["m.png"] })).toEqual(["mask-alpha"]);
    expect(codes({ faults: [{ kind: "size", detail: "" }] })).toEqual(["mask-size"]);
    expect(
      codes({
        faults: [
          { kind: "lossy", detail: "" },
          { kind: "grey-levels", detail: "" },
        ],
      }),
    ).toEqual(["mask-lossy"]);
    const specked = scene().data;
    specked[3 * SIDE + 60] = 1;
    expect(codes({ data: specked })).toEqual(["mask-specks"]);
    const atEdge = scene(8, 30);
    expect(codes({ data: atEdge.data }, atEdge.grey)).toEqual(["mask-border"]);
  });

  it("finds an outline beside its lesion", () => {
    expect(codes({ data: scene(48, 30).data })).toEqual(["mask-misplaced"]);
  });
});

describe("findComponents", () => {
  it("joins diagonal neighbours and boxes each part", () => {
    // prettier-ignore
    const mask = [1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0];
    const found = findComponents(mask, 5).map(({ areaPx, left, top, right, bottom }) => [
      areaPx,
      left,
      top,
      right,
      bottom,
    ]);
    expect(found).toEqual([
      [2, 0, 0, 1, 1],
      [2, 4, 0, 4, 1],
      [1, 2, 3, 2, 3],
    ]);
  });
});
