import { abs, constant, gradientsOf, input, max, sum, type Tensor } from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { randomTensor } from "../testing/random-tensors.js";
import { numbersOf, runTensors } from "../testing/run-tensors.js";
import { lesionExtent } from "./lesion-extent.js";
import { lesionView } from "./lesion-view.js";

interface Size {
  readonly height: number;
  readonly width: number;
}

/** Rows [top, bottom) and columns [left, right). */
interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

function image({ height, width }: Size, of: (y: number, x: number) => number): Tensor {
  return constant(
    Array.from({ length: height * width }, (_, i) => of(Math.floor(i / width), i % width)),
    [1, 1, height, width],
  );
}

/** Mask logits of one image, sure of every pixel. */
function outline({ height, width }: Size, { top, bottom, left, right }: Box): Tensor {
  const inside = Array.from({ length: height * width }, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    return y >= top && y < bottom && x >= left && x < right;
  });
  const data = [...inside.map((is) => (is ? -5 : 5)), ...inside.map((is) => (is ? 5 : -5))];
  return constant(data, [1, 2, height, width]);
}

const SQUARE = { height: 20, width: 20 };
const NOWHERE = { top: 0, bottom: 0, left: 0, right: 0 };

const viewed = (pixels: Tensor, masks: Tensor): Tensor => lesionView(pixels, lesionExtent(masks));

describe("the lesion brought close", () => {
  it.each([
    // Shorter side 20: half of the view is 1.1 * 8 / 2 + 0.02 * 20 = 4.8 pixels, and it has 15 samples a side.
    {
      what: "a tall lesion",
      size: SQUARE,
      box: { top: 6, bottom: 14, left: 9, right: 12 },
      centre: [10, 10.5],
      half: 4.8,
    },
    {
      what: "a wide lesion in a wide image",
      size: { height: 20, width: 40 },
      box: { top: 10, bottom: 12, left: 20, right: 28 },
      centre: [11, 24],
      half: 4.8,
    },
  ])(
    "samples a square round $what, the same distance down and across",
    async ({ size, box, centre, half }) => {
      const ramp = image(size, (y, x) => 0.01 * y + 0.02 * x);
      const view = viewed(ramp, outline(size, box));
      expect(view.shape).toEqual([1, 1, 15, 15]);
      const got = await numbersOf(view);
      for (const [i, value] of got.entries()) {
        const at = (sample: number, middle: number): number =>
          middle + half * ((2 * sample + 1) / 15 - 1) - 0.5;
        const [y, x] = [at(Math.floor(i / 15), centre[0]!), at(i % 15, centre[1]!)];
        expect(value).toBeCloseTo(0.01 * y + 0.02 * x, 5);
      }
    },
  );

  it("shows a lesion the same wherever it lies", async () => {
    const noise = await numbersOf(randomTensor("view", [1, 1, 12, 12], 0, 1));
    const shown = (top: number, left: number): Promise<number[]> => {
      const moved = image(SQUARE, (y, x) =>
        y >= top - 3 && y < top + 9 && x >= left - 3 && x < left + 9
          ? noise[(y - top + 3) * 12 + x - left + 3]!
          : 0,
      );
      return numbersOf(viewed(moved, outline(SQUARE, { top, bottom: top + 6, left, right: left + 5 })));
    };
    const [here, there] = [await shown(4, 5), await shown(9, 8)];
    expect(Math.max(...here)).toBeGreaterThan(0.5);
    for (const [i, value] of there.entries()) expect(value).toBeCloseTo(here[i]!, 5);
  });

  it("is the whole image where nothing is outlined, averaged where it gets smaller", async () => {
    const plain = await numbersOf(
      viewed(
        image(SQUARE, () => 0.7),
        outline(SQUARE, NOWHERE),
      ),
    );
    for (const value of plain) expect(value).toBeCloseTo(0.7, 5);
    // The first of 15 samples is [0, 4/3) of the pixels, whose first is 1 and second 0.
    const stripe = await numbersOf(
      viewed(
        image(SQUARE, (_, x) => (x === 0 ? 1 : 0)),
        outline(SQUARE, NOWHERE),
      ),
    );
    expect(stripe[0]).toBeCloseTo(0.75, 5);
    expect(stripe[1]).toBe(0);
  });

  it("is 0 outside the image", async () => {
    const corner = { top: 0, bottom: 6, left: 0, right: 6 };
    const view = await numbersOf(
      viewed(
        image(SQUARE, () => 1),
        outline(SQUARE, corner),
      ),
    );
    // Centre 3, half 3.7: of the samples 0.49 pixels apart, the first, at -0.45, is 0.05 inside.
    expect(view[0]).toBeCloseTo((0.5 - (3.7 * (14 / 15) - 3)) ** 2, 4);
    expect(view[7 * 15 + 7]).toBeCloseTo(1, 5);
  });

  it("brings several images and all their channels, each by its own lesion", async () => {
    const [one, two] = [
      { top: 2, bottom: 8, left: 3, right: 12 },
      { top: 9, bottom: 17, left: 6, right: 10 },
    ].map((box) => outline(SQUARE, box));
    const pixels = await numbersOf(randomTensor("views", [2, 3, 20, 20], 0, 1));
    const masks = [...(await numbersOf(one!)), ...(await numbersOf(two!))];
    const both = await numbersOf(viewed(constant(pixels, [2, 3, 20, 20]), constant(masks, [2, 2, 20, 20])));
    const area = 400;
    const second = await numbersOf(viewed(constant(pixels.slice(5 * area), [1, 1, 20, 20]), two!));
    const first = await numbersOf(viewed(constant(pixels.slice(area, 2 * area), [1, 1, 20, 20]), one!));
    expect(both.slice(5 * 225)).toEqual(second);
    expect(both.slice(225, 450)).toEqual(first);
  });

  it("teaches nothing to the outline, and hands the image its gradient", async () => {
    const masks = outline(SQUARE, { top: 6, bottom: 14, left: 9, right: 12 });
    const [given, pixels] = [input("masks", masks.shape), input("image", [1, 1, 20, 20])];
    const slopes = gradientsOf(sum(viewed(pixels, given)), [given, pixels]);
    const peaks = await runTensors(
      { masks: max(abs(slopes[0]!)), image: sum(slopes[1]!) },
      {
        masks: {
          dtype: "float32",
          shape: masks.shape,
          data: Float32Array.from(await numbersOf(masks)),
        },
      },
    );
    expect(peaks.masks[0]).toBe(0);
    // Every sample lies inside, so each hands on a gradient of 1.
    expect(peaks.image[0]).toBeCloseTo(225, 3);
  });
});
