import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { key } from "../../random.js";
import type { PreparedImage } from "../prepared-image.js";
import { type Affine, compose, crop, IDENTITY, invert, mirror, quarterTurn, rotation } from "./affine.js";
import { drawGeometry } from "./geometry.js";
import { augmentationPolicies } from "./policies.js";
import { type AugmentationPolicy, augmentationPolicySchema } from "./policy.js";
import { writeLabelledView, writeUnlabelledViews } from "./views.js";
import { warpImage, warpMask } from "./warp.js";

const SIDE = 60;
const VIEW = 48;

/** An ellipse that is bright in the image and 1 in the mask. */
function prepared(centreX: number, centreY: number, radiusX: number, radiusY: number): PreparedImage {
  const mask = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const x = (i % SIDE) + 0.5;
    const y = Math.floor(i / SIDE) + 0.5;
    return ((x - centreX) / radiusX) ** 2 + ((y - centreY) / radiusY) ** 2 <= 1 ? 1 : 0;
  });
  const content = { leftPx: 0, topPx: 0, widthPx: SIDE, heightPx: SIDE };
  return { sidePx: SIDE, image: mask.map((v) => 255 * v), mask, content, pixelAspect: 1.4 };
}

const ellipses = fc
  .tuple(
    ...[0, 1].map(() => fc.double({ min: 18, max: 42, noNaN: true })),
    ...[0, 1].map(() => fc.double({ min: 8, max: 16, noNaN: true })),
  )
  .map(([x, y, rx, ry]) => prepared(x!, y!, rx!, ry!));

const policies = Object.values(augmentationPolicies);
const noTones = (policy: AugmentationPolicy): AugmentationPolicy => ({
  ...policy,
  labelledTones: [],
  strongTones: [],
});

function labelled(image: PreparedImage, policy: AugmentationPolicy, seed: number) {
  const target = { image: new Float32Array(VIEW * VIEW), mask: new Int32Array(VIEW * VIEW) };
  const affine = writeLabelledView(image, policy, key(seed), target);
  return { ...target, affine };
}

function unlabelled(image: PreparedImage, policy: AugmentationPolicy, seed: number) {
  const view = () => new Float32Array(VIEW * VIEW);
  const [weak, strong, second] = [view(), view(), view()];
  const affine = writeUnlabelledViews(image, policy, key(seed), { weak, strong: [strong, second] });
  return { weak, strong, second, affine };
}

describe("image and mask", () => {
  it.each(policies)("stay aligned, and the mask stays 0 or 1: policy $name", (policy) => {
    fc.assert(
      fc.property(ellipses, fc.integer(), (image, seed) => {
        const view = labelled(image, noTones(policy), seed);
        let both = 0;
        let either = 0;
        view.mask.forEach((lesion, i) => {
          expect(lesion === 0 || lesion === 1).toBe(true);
          const bright = view.image[i]! >= 0.5;
          if (bright && lesion === 1) both++;
          if (bright || lesion === 1) either++;
        });
        expect(both / either).toBeGreaterThan(0.9);
      }),
      { numRuns: 60 },
    );
  });

  it("move where the affine map says", () => {
    fc.assert(
      fc.property(ellipses, fc.integer(), (image, seed) => {
        const view = labelled(image, noTones(augmentationPolicies.light), seed);
        const before = centroid(image.mask!, SIDE);
        const [a, b, c, d, e, f] = invert(view.affine);
        const after = centroid(view.mask, VIEW);
        // Only lesions that are wholly in view keep their centre of mass.
        if (touchesEdge(view.mask)) return;
        expect(a * before[0] + b * before[1] + c).toBeCloseTo(after[0], 1);
        expect(d * before[0] + e * before[1] + f).toBeCloseTo(after[1], 1);
      }),
      { numRuns: 60 },
    );
  });
});

describe("weak and strong view", () => {
  it.each(policies)("share the geometry: policy $name", (policy) => {
    fc.assert(
      fc.property(ellipses, fc.integer(), (image, seed) => {
        const full = unlabelled(image, policy, seed);
        const plain = unlabelled(image, noTones(policy), seed);
        expect(full.affine).toEqual(plain.affine);
        expect([...full.weak]).toEqual([...plain.weak]);
        expect([...plain.strong]).toEqual([...full.weak]);
        // A white ellipse on black: whatever the tones are, what was well inside stays the brighter part.
        const inside = mean(full.strong, (i) => full.weak[i]! > 0.99);
        const outside = mean(full.strong, (i) => full.weak[i]! < 0.01);
        expect(inside).toBeGreaterThan(outside);
      }),
      { numRuns: 30 },
    );
  });

  it("differ in tones; two strong views differ from each other", () => {
    const image = prepared(30, 30, 14, 12);
    const noisy = { ...image, image: image.image.map((v, i) => (v + i * 31) % 200) };
    const seeds = Array.from({ length: 20 }, (_, seed) =>
      unlabelled(noisy, augmentationPolicies.light, seed),
    );
    const differing = seeds.filter(
      ({ weak, strong, second }) => !same(weak, strong) && !same(strong, second),
    );
    expect(differing.length).toBeGreaterThanOrEqual(19);
  });

  it("depend on the key alone", () => {
    const image = prepared(25, 33, 10, 14);
    const first = unlabelled(image, augmentationPolicies.light, 5);
    unlabelled(prepared(30, 30, 9, 9), augmentationPolicies.light, 6);
    expect(unlabelled(image, augmentationPolicies.light, 5)).toEqual(first);
    expect(unlabelled(image, augmentationPolicies.light, 6).affine).not.toEqual(first.affine);
  });
});

describe("geometry", () => {
  const grid = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const warped = (affine: Affine) => {
    const out = new Float32Array(9);
    warpImage(grid, 3, affine, out);
    return [...out].map((v) => Math.round(v * 255 * 1000) / 1000);
  };

  it.each<[string, Affine, number[]]>([
    ["identity", IDENTITY, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ["left-right mirror", mirror("horizontal"), [3, 2, 1, 6, 5, 4, 9, 8, 7]],
    ["top-bottom mirror", mirror("vertical"), [7, 8, 9, 4, 5, 6, 1, 2, 3]],
    ["a quarter turn", quarterTurn(1), [3, 6, 9, 2, 5, 8, 1, 4, 7]],
    ["half a turn", quarterTurn(2), [9, 8, 7, 6, 5, 4, 3, 2, 1]],
    [
      "four quarter turns",
      [1, 1, 1, 1].map(() => quarterTurn(1)).reduce(compose),
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    ],
    // Rows change by 3 and columns by 1 per pixel of the source, by a third of that per pixel of the view.
    ["a crop to the middle third", crop(1 / 3, 0, 0), [3.667, 4, 4.333, 4.667, 5, 5.333, 5.667, 6, 6.333]],
  ])("%s is exact", (_name, affine, expected) => {
    expect(warped(affine)).toEqual(expected);
  });

  it("is black and without lesion outside the image", () => {
    const out = new Int32Array(36);
    warpMask(new Uint8Array(9).fill(1), 3, crop(2, 0, 0), out);
    const inside = [...out].reduce((sum, v) => sum + v, 0);
    expect(inside).toBe(9);
    expect(out[0]).toBe(0);
  });

  it("rotates the original rigidly, also where the square is not its shape", () => {
    // A displacement (x, y) of the square is (aspect * x, y) in the original; its length must not change.
    fc.assert(
      fc.property(
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.double({ min: 0.3, max: 3, noNaN: true }),
        (angle, aspect) => {
          const [a, b, , d, e] = rotation(angle, aspect);
          const [x, y] = [0.3, -0.7];
          const length = Math.hypot(aspect * (a * x + b * y), d * x + e * y);
          expect(length).toBeCloseTo(Math.hypot(aspect * x, y), 9);
        },
      ),
    );
  });

  it("keeps depth vertical in the light policy and turns by quarters in the paper's alone", () => {
    const draws = (policy: AugmentationPolicy) =>
      Array.from({ length: 400 }, (_, i) => drawGeometry(policy, 1, key(1).fork(i)));
    expect(draws(augmentationPolicies.light).every(([, , , , e]) => e > 0)).toBe(true);
    const paper = draws(augmentationPolicies.paper);
    const share = (test: (affine: Affine) => boolean) => paper.filter(test).length / paper.length;
    // Half are mirrored (negative determinant), a quarter untouched but for chance.
    expect(share(([a, b, , d, e]) => a * e - b * d < 0)).toBeCloseTo(0.5, 1);
    expect(share((affine) => affine.every((v, i) => v === IDENTITY[i]))).toBeCloseTo(0.25, 1);
  });

  it("refuses policies whose moves are more than certain", () => {
    const moves = [{ probability: 0.7 }, { probability: 0.6 }];
    const parsed = augmentationPolicySchema.safeParse({
      name: "x",
      moves,
      labelledTones: [],
      strongTones: [],
    });
    expect(parsed.success).toBe(false);
  });
});

function centroid(mask: ArrayLike<number>, side: number): [number, number] {
  let [sum, x, y] = [0, 0, 0];
  for (let i = 0; i < mask.length; i++) {
    sum += mask[i]!;
    x += mask[i]! * (((i % side) + 0.5) * (2 / side) - 1);
    y += mask[i]! * ((Math.floor(i / side) + 0.5) * (2 / side) - 1);
  }
  return [x / sum, y / sum];
}

function touchesEdge(mask: Int32Array): boolean {
  return mask.some(
    (v, i) => v === 1 && (i % VIEW === 0 || i % VIEW === VIEW - 1 || i < VIEW || i >= VIEW * (VIEW - 1)),
  );
}

function mean(values: Float32Array, keep: (i: number) => boolean): number {
  const kept = [...values].filter((_, i) => keep(i));
  return kept.reduce((a, b) => a + b, 0) / kept.length;
}

function same(a: Float32Array, b: Float32Array): boolean {
  return a.every((v, i) => v === b[i]);
}
