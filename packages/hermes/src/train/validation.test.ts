import { describe, expect, it } from "vitest";
import { scoreValidation, selectionScore, type ValidationImage } from "./validation.js";

const whole = { leftPx: 0, topPx: 0, widthPx: 4, heightPx: 4 };
const image: ValidationImage = {
  id: "a",
  image: new Float32Array(16),
  content: whole,
  truth: null,
  label: null,
};
const says = (classProbs: readonly number[], lesion: readonly number[] = new Array<number>(16).fill(0)) => ({
  classProbs: Float32Array.from(classProbs),
  lesionProbs: Float32Array.from(lesion),
  saliency: null,
});

describe("scoreValidation", () => {
  it("measures classes where they are known", () => {
    const labels = [0, 1, null, 1];
    const images = labels.map((label) => ({ ...image, label }));
    const predictions = [says([0.6, 0.4]), says([0.7, 0.3]), says([0, 1]), says([0.1, 0.9])];
    // Of the pairs (0.3 over 0.4: no) and (0.9 over 0.4: yes) one is in order; two of three classes are right.
    expect(scoreValidation(images, predictions, 4)).toEqual({ dice: null, auroc: 0.5, accuracy: 2 / 3 });
  });

  it("has no numbers for what it has no truth of", () => {
    expect(scoreValidation([], [], 4)).toEqual({ dice: null, auroc: null, accuracy: null });
    expect(scoreValidation([{ ...image, label: 1 }], [says([0, 1])], 4)).toEqual({
      dice: null,
      auroc: null,
      accuracy: 1,
    });
  });

  it("leaves the bars around an image out of its mask", () => {
    // 4 x 2 pixels lie in rows 1 and 2 of the square; all of the image is lesion, and so say these rows.
    const lesion = Array.from({ length: 16 }, (_, at) => (at >= 4 && at < 12 ? 1 : 0));
    const truth = { widthPx: 4, heightPx: 2, data: new Uint8Array(8).fill(1) };
    const content = { leftPx: 0, topPx: 1, widthPx: 4, heightPx: 2 };
    expect(scoreValidation([{ ...image, truth, content }], [says([1, 0], lesion)], 4).dice).toBe(1);
  });
});

describe("selectionScore", () => {
  it.each([
    ["dice", 0.8],
    ["auroc", 0.6],
    ["dice-and-auroc", 0.7],
    ["last", null],
  ] as const)("by %s", (criterion, score) => {
    const selected = selectionScore({ dice: 0.8, auroc: 0.6, accuracy: 0.1 }, criterion);
    if (score === null) expect(selected).toBeNull();
    else expect(selected).toBeCloseTo(score, 12);
  });

  it("takes what can be measured", () => {
    expect(selectionScore({ dice: 0.8, auroc: null, accuracy: null }, "dice-and-auroc")).toBe(0.8);
    expect(selectionScore({ dice: null, auroc: null, accuracy: 1 }, "dice-and-auroc")).toBeNull();
  });
});
