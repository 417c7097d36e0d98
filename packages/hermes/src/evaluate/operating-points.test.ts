import { describe, expect, it } from "vitest";
import { key } from "../random.js";
import { applyThresholds, fitThresholds } from "./operating-points.js";
import { CLASSES, makeImage } from "./testing/make-evaluation.js";

const image = (id: string, className: string | null, prob: number) =>
  makeImage({ id, className, prob, columns: null });

describe("operating points", () => {
  it("are fitted on validation and applied here, with intervals", () => {
    const validation = [
      image("a", "benign", 0.1),
      image("b", "benign", 0.3),
      image("c", "malignant", 0.5),
      image("d", "malignant", 0.9),
      image("e", null, 0.95),
    ];
    const fitted = fitThresholds(validation, CLASSES);
    expect(fitted.map(({ threshold }) => threshold)).toEqual([0.4, 0.4]);
    const here = [
      image("f", "benign", 0.45),
      image("g", "benign", 0.2),
      image("h", "malignant", 0.6),
      image("i", null, 0.01),
    ];
    const [point] = applyThresholds(fitted, here, CLASSES, key(1));
    expect(point!.sensitivity).toMatchObject({ value: 1, images: 1 });
    expect(point!.specificity).toMatchObject({ value: 0.5, images: 2 });
  });

  it("do not exist where validation has one kind alone", () => {
    expect(fitThresholds([image("a", "benign", 0.1)], CLASSES)).toEqual([]);
  });
});
