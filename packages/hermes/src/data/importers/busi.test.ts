import { describe, expect, it } from "vitest";
import { importFiles, masksOf, problemsOf } from "../testing/import-files.js";

describe("BUSI", () => {
  const files = {
    "set/benign/benign (1).png": "a",
    "set/benign/benign (1)_mask.png": "b",
    "set/benign/benign (1)_mask_1.png": "c",
    "set/benign/benign (1)_mask_2.png": "d",
    "set/malignant/malignant (1).png": "e",
    "set/malignant/malignant (1)_mask.png": "f",
    "set/normal/normal (1).png": "g",
    "set/normal/normal (1)_mask.png": "h",
  };

  it("takes all masks of an image and leaves the normal ones out of splits", async () => {
    const { format, samples, header } = await importFiles(files);
    expect(format).toBe("busi");
    expect(header.classes).toEqual(["benign", "malignant"]);
    expect(masksOf(samples.get("set/benign/benign (1)"))).toEqual([
      "set/benign/benign (1)_mask.png",
      "set/benign/benign (1)_mask_1.png",
      "set/benign/benign (1)_mask_2.png",
    ]);
    expect(samples.get("set/normal/normal (1)")).toMatchObject({
      masks: [],
      className: "normal",
      excluded: "class normal",
    });
    expect(samples.size).toBe(3);
  });

  it("can use the normal images as a third class, or without a class", async () => {
    const third = await importFiles(files, { classMap: { normal: "normal" } });
    expect(third.header.classes).toEqual(["benign", "normal", "malignant"]);
    expect(third.samples.get("set/normal/normal (1)")).toMatchObject({
      masks: [],
      className: "normal",
      excluded: null,
    });
    const unlabelled = await importFiles(files, { classMap: { normal: "unlabelled" } });
    expect(unlabelled.samples.get("set/normal/normal (1)")).toMatchObject({
      className: null,
      excluded: null,
    });
  });

  it("reports every mask without an image, and warns of an image without a mask", async () => {
    expect(
      await problemsOf({
        ...files,
        "set/benign/benign (8)_mask.png": "x",
        "set/benign/benign (9)_mask.png": "x",
      }),
    ).toEqual([
      "set/benign/benign (8)_mask.png: a mask without an image",
      "set/benign/benign (9)_mask.png: a mask without an image",
    ]);
    const { samples, warnings } = await importFiles({ ...files, "set/benign/benign (8).png": "x" });
    expect(samples.get("set/benign/benign (8)")?.masks).toBeNull();
    expect(warnings).toEqual(["set/benign/benign (8).png: no mask"]);
  });
});
