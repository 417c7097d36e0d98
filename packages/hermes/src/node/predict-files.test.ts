import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { exportModel } from "../export/export-model.js";
import type { Model } from "../predict/model.js";
import { decodeImage, decodeMask } from "./image-codec.js";
import { loadModel } from "./load-model.js";
import { type PredictFilesRequest, predictFiles } from "./predict-files.js";
import type { PredictionRecord } from "./prediction-record.js";
import { blobImage, makeCard, randomNetwork } from "./testing/random-network.js";

let root = "";
let scans = "";
let out = "";
let model: Model;

async function writePicture(name: string, channels: 1 | 3, seed: number): Promise<void> {
  const { widthPx: width, heightPx: height, data } = blobImage(50, 40, channels, seed);
  await sharp(data, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .toFile(join(scans, name));
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hermes-predict-"));
  scans = await mkdtemp(join(root, "scans-"));
  model = await loadModel(exportModel({ ...randomNetwork(32), card: makeCard(32, "stretch") }), {
    threads: 1,
  });
  await writePicture("b.png", 1, 1);
  await writePicture("a.jpg", 3, 2);
  await writePicture("a.png", 1, 3);
  await writeFile(join(scans, "broken.png"), (await readFile(join(scans, "b.png"))).subarray(0, 300));
  await writeFile(join(scans, "notes.txt"), "no image");
});
afterAll(async () => {
  await model[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});
beforeEach(async () => {
  out = join(await mkdtemp(join(root, "out-")), "results");
});

function predict(given: Partial<PredictFilesRequest> = {}) {
  return predictFiles({
    model,
    places: [scans],
    out,
    spacingMm: null,
    overlays: "yes",
    signal: new AbortController().signal,
    onProgress: () => {},
    ...given,
  });
}

/** The model, with other answers for single images. */
function answering(answer: Model["predict"]): Model {
  return {
    card: model.card,
    file: model.file,
    predict: answer,
    predictBatch: (images, options) => model.predictBatch(images, options),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function records(): Promise<PredictionRecord[]> {
  const text = await readFile(join(out, "predictions.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("predicting a folder", () => {
  it("writes what the model says of each image, in order, and lists the one that it cannot read", async () => {
    const result = await predict({ spacingMm: { x: 0.5, y: 0.25 } });
    expect(result).toMatchObject({ predicted: 3, failed: 1, skipped: 0, end: "finished" });
    expect(result.failures[0]!.image).toBe(join(scans, "broken.png"));
    const written = await records();
    expect(written.map(({ image }) => image)).toEqual(
      ["a.jpg", "a.png", "b.png"].map((name) => join(scans, name)),
    );
    expect(new Set(written.map(({ mask }) => mask)).size).toBe(3);
    for (const record of written) {
      const wanted = await model.predict(await decodeImage(record.image));
      expect(record.classProbs["malignant"]).toBeCloseTo(wanted.classProbs.get("malignant")!, 6);
      const mask = await decodeMask(join(out, record.mask));
      expect(mask.data).toEqual(wanted.mask);
      const largest = record.lesions[0]!;
      expect(largest.mm!.area).toBeCloseTo(largest.px.area * 0.125, 6);
      const overlay = await decodeImage(join(out, record.overlay!));
      expect([overlay.widthPx, overlay.heightPx, overlay.channels]).toEqual([50, 40, 3]);
    }
    const table = (await readFile(join(out, "predictions.csv"), "utf8")).trimEnd().split("\n");
    expect(table).toHaveLength(4);
    expect(table[0]).toMatch(/^image,mask,.*prob_benign,prob_malignant,.*largest_areaMm2/);
    expect(await readFile(join(out, "failures.jsonl"), "utf8")).toMatch(/broken\.png.*cut off or damaged/);
  });

  it("does none twice, and takes back a record that a stop cut off", async () => {
    await predict();
    const [first] = await records();
    const path = join(out, "predictions.jsonl");
    const text = await readFile(path, "utf8");
    await truncate(path, Buffer.byteLength(text) - 20);
    const result = await predict();
    expect(result).toMatchObject({ predicted: 1, skipped: 2 });
    expect(await readFile(path, "utf8")).toBe(text);
    expect((await records())[0]).toEqual(first);
    await appendFile(path, '{"image":');
    expect(await predict()).toMatchObject({ predicted: 0, skipped: 3 });
    expect(await readFile(path, "utf8")).toBe(text);
  });

  it("stops between images when told to, and goes on", async () => {
    const controller = new AbortController();
    const stopped = await predict({ signal: controller.signal, onProgress: () => controller.abort() });
    expect(stopped.end).toBe("interrupted");
    expect(stopped.predicted).toBeGreaterThan(0);
    expect((await predict()).end).toBe("finished");
    expect(await records()).toHaveLength(3);
  });

  it("refuses a folder with results of other settings", async () => {
    await predict();
    await expect(predict({ spacingMm: { x: 1, y: 1 } })).rejects.toThrow(/results of another model, spacing/);
  });

  it("refuses a place that is not there", async () => {
    await expect(predict({ places: [join(root, "nowhere")] })).rejects.toThrow(/nowhere.*ENOENT/);
  });

  it("names every place that is not there before it writes anything", async () => {
    const places = [scans, join(root, "nowhere"), join(root, "gone.png")];
    await expect(predict({ places })).rejects.toThrow(/nowhere.*\n.*gone\.png/);
    await expect(readdir(out)).rejects.toThrow(/ENOENT/);
  });

  it("leaves no unfinished file behind", async () => {
    await predict();
    const all = await readdir(out, { recursive: true });
    expect(all.filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

describe("odd pictures", () => {
  const names = ["one.png", "cmyk.jpg", "deep.png", "moving.gif"];
  let odd = "";
  beforeAll(async () => {
    odd = await mkdtemp(join(root, "odd-"));
    const plain = { raw: { width: 24, height: 20, channels: 3 as const } };
    const noise = Buffer.from(blobImage(24, 20, 3, 5).data);
    await sharp(Buffer.of(7), { raw: { width: 1, height: 1, channels: 1 } }).toFile(join(odd, "one.png"));
    await sharp(noise, plain).toColourspace("cmyk").jpeg().toFile(join(odd, "cmyk.jpg"));
    await sharp(noise, plain).toColourspace("grey16").png().toFile(join(odd, "deep.png"));
    const frames = { raw: { width: 24, height: 40, channels: 3 as const, pageHeight: 20 } };
    await sharp(Buffer.concat([noise, noise.map((level) => 255 - level)]), frames)
      .gif()
      .toFile(join(odd, "moving.gif"));
  });

  it("are all predicted: 1 x 1, CMYK, 16 bits, animated", async () => {
    expect(await predict({ places: names.map((name) => join(odd, name)) })).toMatchObject({
      predicted: 4,
      failed: 0,
    });
    const written = await records();
    expect(written.map(({ widthPx, heightPx }) => [widthPx, heightPx])).toEqual([
      [1, 1],
      ...Array(3).fill([24, 20]),
    ]);
    const onFrames = written.map(({ remarks }) => remarks.filter((remark) => remark.includes("frames")));
    expect(onFrames).toEqual([[], [], [], ["the first of 2 frames"]]);
  });
});

it("says of an image with nothing outlined that its class tells nothing, and leaves it to a person", async () => {
  const blindOnColour = answering(async (image, options) => {
    const prediction = await model.predict(image, options);
    return { ...prediction, abstains: "no", mask: prediction.mask.fill(image.channels === 3 ? 0 : 1) };
  });
  expect(await predict({ model: blindOnColour })).toMatchObject({
    predicted: 3,
    forReview: 1,
    withoutOutline: 1,
  });
  const told = (await records()).map(({ image, lesionCount, remarks }) => [
    image.replace(/^.*\//, ""),
    lesionCount,
    remarks,
  ]);
  expect(told).toEqual([
    ["a.jpg", 0, ["nothing outlined: the class tells nothing of a lesion"]],
    ["a.png", 1, []],
    ["b.png", 1, []],
  ]);
});

it("goes on after an image for which the model gives no number", async () => {
  const broken = answering((image, options) =>
    image.channels === 3
      ? Promise.reject(new Error("a result that is no number"))
      : model.predict(image, options),
  );
  const result = await predict({ model: broken });
  expect(result).toMatchObject({ predicted: 2, failed: 2 });
  expect(result.failures.map(({ reason }) => reason)).toContain("a result that is no number");
});
