import { describe, expect, expectTypeOf, it } from "vitest";
import { augmentationPolicies } from "./augment/policies.js";
import { assembleBatch, type BatchPlan, batchPlanSchema, stepDraws, type UnlabelledBatch } from "./batch.js";
import type { PreparedImage } from "./prepared-image.js";

const SIDE = 20;

function prepared(level: number, mask: "lesion" | "empty" | "unknown"): PreparedImage {
  const area = SIDE * SIDE;
  return {
    sidePx: SIDE,
    image: new Uint8Array(area).fill(level),
    mask: mask === "unknown" ? null : new Uint8Array(area).fill(mask === "lesion" ? 1 : 0),
    content: { leftPx: 0, topPx: 0, widthPx: SIDE, heightPx: SIDE },
    pixelAspect: 1,
  };
}

const images = new Map([
  ["benign", prepared(51, "lesion")],
  ["malignant", prepared(102, "unknown")],
  ["nameless", prepared(153, "empty")],
  ["u1", prepared(204, "unknown")],
  ["u2", prepared(255, "lesion")],
]);
const labels = { labelOf: (id: string) => ({ benign: 0, malignant: 1 })[id] ?? null };

const plan: BatchPlan = batchPlanSchema.parse({
  seed: 7,
  sidePx: 16,
  policy: augmentationPolicies.none,
  labelledIds: ["benign", "malignant", "nameless"],
  unlabelledIds: ["u1", "u2"],
  labelledBatch: 3,
  unlabelledBatch: 2,
});

function batchOf(step: number, changes: Partial<BatchPlan> = {}) {
  const changed = { ...plan, ...changes };
  return assembleBatch(changed, step, stepDraws(changed, labels)(step), labels, images);
}

describe("assembleBatch", () => {
  it("puts each image with its label and mask, and marks what is unknown", () => {
    const { labelled } = batchOf(0);
    expect([...labelled.ids].sort()).toEqual(["benign", "malignant", "nameless"]);
    labelled.ids.forEach((id, n) => {
      const expected = {
        benign: { level: 0.2, label: 0, hasClass: 1, hasMask: 1, lesion: 1 },
        malignant: { level: 0.4, label: 1, hasClass: 1, hasMask: 0, lesion: 0 },
        nameless: { level: 0.6, label: 0, hasClass: 0, hasMask: 1, lesion: 0 },
      }[id]!;
      const pixels = labelled.image.subarray(n * 256, (n + 1) * 256);
      expect(pixels.every((v) => Math.abs(v - expected.level) < 1e-6)).toBe(true);
      expect(labelled.mask.subarray(n * 256, (n + 1) * 256).every((v) => v === expected.lesion)).toBe(true);
      expect([labelled.label[n], labelled.hasClass[n], labelled.hasMask[n]]).toEqual([
        expected.label,
        expected.hasClass,
        expected.hasMask,
      ]);
    });
  });

  it("has no place for labels of unlabelled images", () => {
    const { unlabelled } = batchOf(0);
    expect(Object.keys(unlabelled!).sort()).toEqual([
      "affines",
      "ids",
      "secondStrong",
      "sidePx",
      "strong",
      "weak",
    ]);
    expectTypeOf<UnlabelledBatch>().not.toHaveProperty("label");
    expectTypeOf<UnlabelledBatch>().not.toHaveProperty("mask");
  });

  it("has a second strong view only if asked, and none of it without unlabelled images", () => {
    expect(batchOf(0).unlabelled!.secondStrong).toBeNull();
    expect(batchOf(0, { strongViews: 2 }).unlabelled!.secondStrong).toHaveLength(2 * 256);
    expect(batchOf(0, { unlabelledIds: [] }).unlabelled).toBeNull();
  });

  it("augments an image afresh each time it comes, the same in every run", () => {
    const light = { policy: augmentationPolicies.light, labelledIds: ["benign"], labelledBatch: 2 };
    const { image } = batchOf(4, light).labelled;
    expect([...image.subarray(0, 256)]).not.toEqual([...image.subarray(256)]);
    expect(batchOf(4, light)).toEqual(batchOf(4, light));
    expect([...batchOf(5, light).labelled.image]).not.toEqual([...image]);
    expect([...batchOf(4, { ...light, seed: 8 }).labelled.image]).not.toEqual([...image]);
  });

  it("can show classes equally often", () => {
    const ids = [...Array.from({ length: 9 }, (_, i) => `b${i}`), "m0"];
    const balanced: BatchPlan = {
      ...plan,
      labelledIds: ids,
      labelledBatch: 4,
      labelledBalance: "class-balanced",
    };
    const draws = stepDraws(balanced, { labelOf: (id) => (id === "m0" ? 1 : 0) });
    for (let step = 0; step < 5; step++) {
      expect(draws(step).labelled.filter(({ id }) => id === "m0")).toHaveLength(2);
    }
  });
});

it("refuses unknown fields of a plan", () => {
  expect(batchPlanSchema.safeParse({ ...plan, batchsize: 4 }).success).toBe(false);
});
