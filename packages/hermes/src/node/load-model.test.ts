import type { HostArray } from "@hermes-us/tensor";
import { beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../errors.js";
import { exportModel } from "../export/export-model.js";
import { readModelFile } from "../predict/model-file.js";
import { loadModel } from "./load-model.js";
import { blobImage, makeCard, randomNetwork } from "./testing/random-network.js";

const SIDE = 32;
const network = randomNetwork(SIDE);
const card = makeCard(SIDE, "stretch");

function problemOf(bytes: Uint8Array): string {
  try {
    readModelFile(bytes, "m.onnx");
  } catch (error) {
    if (error instanceof UserError) return error.complaints[0]!.got;
    throw error;
  }
  return "nothing";
}

describe("a model file", () => {
  let bytes: Uint8Array;
  beforeAll(() => {
    bytes = exportModel({ ...network, card });
  });

  it("says what it was written with", () => {
    expect(readModelFile(bytes).card).toEqual(card);
  });

  it("is refused when cut off at any place", () => {
    for (const share of [0, 0.001, 0.3, 0.9, 0.99999]) {
      expect(problemOf(bytes.slice(0, Math.floor(share * bytes.length)))).toMatch(
        /no whole ONNX model|checksum|another program/,
      );
    }
  });

  it("is refused when a weight was changed", () => {
    const changed = bytes.slice();
    changed[changed.length >> 1]! ^= 1;
    expect(problemOf(changed)).toMatch(/checksum|no whole ONNX model/);
  });

  it("is refused when it is something else", () => {
    expect(problemOf(new TextEncoder().encode("%PDF-1.7 and so on"))).toMatch(/no whole ONNX model/);
  });

  it("is refused when it is of another version, naming both", () => {
    const text = new TextEncoder();
    const [from, to] = [text.encode("hermes.format\x12\x011"), text.encode("hermes.format\x12\x019")];
    const other = bytes.slice();
    other.set(to, Buffer.from(bytes).indexOf(from));
    expect(() => readModelFile(other, "m.onnx")).toThrow(/got a model file of format 9; wanted format 1/);
  });

  it("is refused when it is an ONNX model of another program", () => {
    const text = new TextEncoder();
    const renamed = bytes.slice();
    const from = text.encode("hermes.format");
    renamed.set(text.encode("somebody.else"), Buffer.from(bytes).indexOf(from));
    expect(problemOf(renamed)).toBe("an ONNX model of another program");
  });
});

describe("predicting one image", () => {
  it("refuses pixels that do not fill the image, and images of other sizes in one batch", async () => {
    await using model = await loadModel(exportModel({ ...network, card: { ...card, batch: 2 } }));
    const image = blobImage(10, 10, 1, 1);
    await expect(model.predict({ ...image, channels: 3 })).rejects.toThrow(
      /100 values for 10 x 10 pixels of 3/,
    );
    await expect(model.predict({ ...image, widthPx: 0 })).rejects.toThrow(UserError);
    await expect(model.predictBatch([image, blobImage(11, 10, 1, 2)])).rejects.toThrow(
      /in one batch with others/,
    );
    await expect(model.predictBatch([image, image, image])).rejects.toThrow(/got 3 images; wanted 1 to 2/);
    await expect(model.predictBatch([])).rejects.toThrow(/got 0 images/);
  });

  it.each(["cls", "seg"])("reports numbers that are none from the %s network", async (part) => {
    const weights = new Map(network.weights);
    const name = [...weights.keys()].findLast(
      (path) => path.startsWith(`${part}.`) && path.endsWith("bias"),
    )!;
    const broken: HostArray = { ...weights.get(name)!, data: weights.get(name)!.data.map(() => Number.NaN) };
    weights.set(name, broken);
    await using model = await loadModel(exportModel({ model: network.model, weights, card }));
    await expect(model.predict(blobImage(10, 10, 1, 1))).rejects.toThrow(/a result that is no number/);
  });

  it("takes an image of 8,000 x 6,000 pixels", async () => {
    await using model = await loadModel(exportModel({ ...network, card }));
    const data = new Uint8Array(48_000_000).fill(200, 20_000_000, 30_000_000);
    const image = { widthPx: 8000, heightPx: 6000, channels: 1, data } as const;
    const { mask, maps } = await model.predict(image, { maps: [] });
    expect(mask.length).toBe(48_000_000);
    expect(maps).toEqual({});
  });
});
