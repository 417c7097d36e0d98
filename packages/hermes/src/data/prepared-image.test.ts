import { expect, it } from "vitest";
import { prepareImage } from "./prepared-image.js";
import type { DecodedImage } from "./raster.js";

const image: DecodedImage = { widthPx: 8, heightPx: 4, channels: 1, data: new Uint8Array(32).fill(200) };
const mask = Uint8Array.from({ length: 32 }, (_, i) => (i % 8 < 4 ? 1 : 0));

it("pulls an image to the square and remembers the shape of its pixels", () => {
  const prepared = prepareImage(image, mask, 4, "stretch");
  expect([...prepared.image]).toEqual(new Array(16).fill(200));
  expect([...prepared.mask!]).toEqual([1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0]);
  expect(prepared.pixelAspect).toBe(2);
});

it("sets an image into the square with black bars", () => {
  const prepared = prepareImage(image, mask, 4, "letterbox");
  expect(prepared.content).toEqual({ leftPx: 0, topPx: 1, widthPx: 4, heightPx: 2 });
  expect([...prepared.image]).toEqual([0, 0, 0, 0, 200, 200, 200, 200, 200, 200, 200, 200, 0, 0, 0, 0]);
  expect([...prepared.mask!]).toEqual([0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]);
  expect(prepared.pixelAspect).toBe(1);
});

it("has no mask where no outline is known", () => {
  expect(prepareImage(image, null, 4, "stretch").mask).toBeNull();
});

it("cuts masks at half of the covered area", () => {
  const line = Uint8Array.from([1, 0, 0, 1, 1, 0]);
  const strip = { widthPx: 6, heightPx: 1, channels: 1 as const, data: new Uint8Array(6) };
  const prepared = prepareImage(strip, line, 3, "stretch");
  expect([...prepared.mask!.subarray(0, 3)]).toEqual([1, 1, 1]);
  const thin = prepareImage({ ...strip, widthPx: 6 }, Uint8Array.from([1, 0, 0, 0, 0, 0]), 2, "stretch");
  expect([...thin.mask!.subarray(0, 2)]).toEqual([0, 0]);
});
