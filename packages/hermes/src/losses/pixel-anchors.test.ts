import { constant, gradientsOf, input, reshape, sum, type Tensor } from "@hermes-us/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepWhere } from "../pseudo/keep-mask.js";
import { randomNumbers } from "../testing/random-tensors.js";
import { runTensors } from "../testing/run-tensors.js";
import { type PixelAnchorOptions, rasterOrder, samplePixelAnchors } from "./pixel-anchors.js";

interface Maps {
  readonly height: number;
  readonly width: number;
  /** Per image, -1 is no class. */
  readonly label: readonly (readonly number[])[];
  readonly prediction: readonly (readonly number[])[];
}

type Limits = Required<PixelAnchorOptions>;

/**
 * Sampling as ContrastiveSeg words it, image by image: [image, class, positions in raster order].
 * Each position's embedding is its own index, so that the result tells what was chosen.
 */
function bySpecification({ label, prediction }: Maps, limits: Limits): [number, number, number[]][] {
  const groups = label.flatMap((labels, image) =>
    Array.from({ length: limits.classes }, (_, c) => {
      const positions = [...labels.keys()].filter((i) => labels[i] === c);
      const hard = positions.filter((i) => prediction[image]![i] !== c);
      return { image, c, hard, easy: positions.filter((i) => !hard.includes(i)), count: positions.length };
    }).filter(({ count }) => count >= limits.minPositions),
  );
  const views = Math.min(Math.floor(limits.totalAnchors / groups.length), limits.anchorsPerClass);
  return groups.map(({ image, c, hard, easy }) => {
    let hardKept = Math.floor(views / 2);
    if (hard.length < views / 2) hardKept = hard.length;
    else if (easy.length < views / 2) hardKept = Math.min(hard.length, views - easy.length);
    const chosen = [...hard.slice(0, hardKept), ...easy.slice(0, views - hardKept)];
    return [image, c, chosen.sort((a, b) => a - b)];
  });
}

async function sampled(
  { height, width, label, prediction }: Maps,
  limits: Limits,
  order?: Tensor,
  keep?: Tensor,
) {
  const images = label.length;
  const positions = height * width;
  const places = Float64Array.from({ length: images * positions }, (_, i) => i % positions);
  const grid = [images, height, width];
  const anchors = samplePixelAnchors(
    {
      embedding: constant(places, [images, 1, height, width]),
      label: constant(label.flat(), grid, "int32"),
      prediction: constant(prediction.flat(), grid, "int32"),
      order: order ?? rasterOrder(images, positions),
      ...(keep && { keep: keepWhere(keep) }),
    },
    limits,
  );
  const run = await runTensors({
    place: reshape(anchors.vectors, [-1]),
    label: anchors.label,
    valid: anchors.valid.toWeights(),
  });
  const slots = run.place.length / images / limits.classes;
  const groups: [number, number, number[]][] = [];
  for (let group = 0; group < images * limits.classes; group++) {
    const range = Array.from({ length: slots }, (_, i) => group * slots + i);
    const chosen = range.filter((i) => run.valid[i] === 1).map((i) => run.place[i]!);
    const c = group % limits.classes;
    expect(range.every((i) => run.label[i] === c)).toBe(true);
    if (chosen.length > 0) groups.push([Math.floor(group / limits.classes), c, chosen.sort((a, b) => a - b)]);
  }
  return groups;
}

const maps = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 6 }), fc.integer({ min: 2, max: 6 }))
  .chain(([images, height, width]) => {
    const cells = (low: number, high: number) =>
      fc.array(
        fc.array(fc.integer({ min: low, max: high }), {
          minLength: height * width,
          maxLength: height * width,
        }),
        { minLength: images, maxLength: images },
      );
    return fc.record({
      height: fc.constant(height),
      width: fc.constant(width),
      label: cells(-1, 1),
      prediction: cells(0, 1),
    });
  });

describe("samplePixelAnchors", () => {
  it("chooses what ContrastiveSeg's rule chooses, in raster order", async () => {
    const limits = fc.record({
      classes: fc.constant(2),
      anchorsPerClass: fc.integer({ min: 1, max: 9 }),
      totalAnchors: fc.integer({ min: 6, max: 30 }),
      minPositions: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(maps, limits, async (map, limit) => {
        const wanted = bySpecification(map, limit).filter(([, , chosen]) => chosen.length > 0);
        expect(await sampled(map, limit)).toEqual(wanted);
      }),
      { numRuns: 120 },
    );
  });

  /** One image of 28 x 28 with a lesion of so many positions. */
  const withLesion = (positions: number): Maps => {
    const label = [Array.from({ length: 784 }, (_, i) => (i < positions ? 1 : 0))];
    return { height: 28, width: 28, label, prediction: label };
  };
  const usual = { classes: 2, anchorsPerClass: 100, totalAnchors: 1024, minPositions: 8 };
  const classesIn = async (map: Maps, limits: Limits) => (await sampled(map, limits)).map(([, c]) => c);

  it("takes small lesions in, which the published minimum leaves out", async () => {
    expect(await classesIn(withLesion(8), usual)).toEqual([0, 1]);
    expect(await classesIn(withLesion(7), usual)).toEqual([0]);
    expect(await classesIn(withLesion(100), { ...usual, minPositions: 101 })).toEqual([0]);
    expect(await classesIn(withLesion(101), { ...usual, minPositions: 101 })).toEqual([0, 1]);
  });

  it("takes kept positions alone, in every image", async () => {
    const label = [0, 1, 2].map(() => Array.from({ length: 36 }, (_, i) => i % 2));
    const map = { height: 6, width: 6, label, prediction: label };
    const keep = label.map((_, image) => Array.from({ length: 36 }, (_, i) => (i < 12 * image ? 1 : 0)));
    const found = await sampled(
      map,
      { ...usual, anchorsPerClass: 36, minPositions: 1 },
      undefined,
      constant(keep.flat(), [3, 6, 6], "bool"),
    );
    expect(found.map(([image, c, chosen]) => [image, c, chosen.length])).toEqual([
      [1, 0, 6],
      [1, 1, 6],
      [2, 0, 12],
      [2, 1, 12],
    ]);
    for (const [image, c, chosen] of found) {
      expect(chosen.every((i) => i < 12 * image && i % 2 === c)).toBe(true);
    }
  });

  it("chooses by the order that is fed", async () => {
    const map = withLesion(40);
    const limits = { ...usual, anchorsPerClass: 10 };
    const lesionBy = async (name: string) => {
      const order = constant(randomNumbers(name, 784, 0, 1), [1, 784]);
      return (await sampled(map, limits, order)).find(([, c]) => c === 1)![2];
    };
    const [a, again, b] = [await lesionBy("a"), await lesionBy("a"), await lesionBy("b")];
    expect(a).toEqual(again);
    expect(a).not.toEqual(b);
    const top = randomNumbers("a", 784, 0, 1).slice(0, 40);
    const best = [...top.keys()].sort((i, j) => top[j]! - top[i]!).slice(0, 10);
    expect(a).toEqual(best.sort((i, j) => i - j));
  });

  it("sends gradients to what was chosen", async () => {
    const label = constant([0, 0, 1, 1], [1, 2, 2], "int32");
    const embedding = input("e", [1, 3, 2, 2]);
    const { vectors, valid } = samplePixelAnchors(
      { embedding, label, prediction: label, order: rasterOrder(1, 4) },
      { classes: 2, anchorsPerClass: 1, minPositions: 1 },
    );
    const run = await runTensors(
      { gradient: gradientsOf(sum(vectors), [embedding])[0]!, valid: valid.toWeights() },
      {},
    );
    expect(run.valid).toEqual([1, 1]);
    expect(run.gradient).toEqual([1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0]);
  });

  it("refuses maps on another grid", () => {
    const embedding = input("e", [1, 3, 2, 2]);
    const [fine, right] = [input("l", [1, 8, 8], "int32"), input("p", [1, 2, 2], "int32")];
    const order = rasterOrder(1, 4);
    const of = (label: Tensor, prediction: Tensor, keys: Tensor) => () =>
      samplePixelAnchors({ embedding, label, prediction, order: keys }, { classes: 2 });
    expect(of(fine, right, order)).toThrow(/got label \[1, 8, 8\]; wanted \[1, 2, 2\]/);
    expect(of(right, fine, order)).toThrow(/got prediction/);
    expect(of(right, right, rasterOrder(1, 5))).toThrow(/got order \[1, 5\]/);
  });
});
