import { describe, expect, it } from "vitest";
import { measureSegmentation } from "./measure-segmentation.js";
import { maskOf } from "./testing/mask-of.js";

const EMPTY = maskOf(["....", "...."]);
const LESION = maskOf([".##.", "...."]);

describe("the policy for empty masks", () => {
  it.each([
    { truth: EMPTY, prediction: EMPTY, emptyCase: "both-empty", score: 1, distance: 0 },
    { truth: EMPTY, prediction: LESION, emptyCase: "truth-empty", score: 0, distance: null },
    { truth: LESION, prediction: EMPTY, emptyCase: "prediction-empty", score: 0, distance: null },
    { truth: LESION, prediction: LESION, emptyCase: "neither-empty", score: 1, distance: 0 },
  ])("$emptyCase", ({ truth, prediction, emptyCase, score, distance }) => {
    const spacingMm = { x: 0.1, y: 0.1 };
    const record = measureSegmentation({ id: "a", group: null, truth, prediction, spacingMm });
    const { dice, iou, precision, recall, hd95Px, hd95Mm, assdPx, assdMm } = record;
    expect(record.emptyCase).toBe(emptyCase);
    expect([dice, iou, precision, recall, record.normalisedSurfaceDistance.score]).toEqual(
      Array(5).fill(score),
    );
    expect([hd95Px, hd95Mm, assdPx, assdMm]).toEqual(Array(4).fill(distance));
  });
});
