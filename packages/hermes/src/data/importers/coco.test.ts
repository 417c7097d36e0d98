import { describe, expect, it } from "vitest";
import { importFiles, masksOf, problemsOf } from "../testing/import-files.js";
import { memoryTree, pretendInspector } from "../testing/memory-tree.js";
import { importerNamed } from "./detect.js";
import { toManifest } from "./to-manifest.js";

describe("COCO", () => {
  const content = {
    images: [
      { id: 1, file_name: "a.png", patient_id: 7 },
      { id: 2, file_name: "b.png" },
      { id: 3, file_name: "c.png" },
    ],
    categories: [
      { id: 1, name: "benign" },
      { id: 2, name: "malignant" },
    ],
    annotations: [
      { image_id: 1, category_id: 2, segmentation: [[1, 1, 9, 1, 9, 9]] },
      { image_id: 1, category_id: 2, segmentation: [[20, 20, 29, 20, 29, 29]] },
      { image_id: 2, category_id: 1, bbox: [1, 2, 3, 4] },
    ],
  };
  const pictures = { "images/a.png": "1", "images/b.png": "2", "images/c.png": "3" };

  it("reads outlines, classes and patients; each may be missing", async () => {
    const { format, samples } = await importFiles({ ...pictures, "all.json": JSON.stringify(content) });
    expect(format).toBe("coco");
    expect(masksOf(samples.get("images/a"))).toEqual([
      [
        [1, 1],
        [9, 1],
        [9, 9],
      ],
      [
        [20, 20],
        [29, 20],
        [29, 29],
      ],
    ]);
    expect(samples.get("images/a")).toMatchObject({ className: "malignant", group: "7" });
    expect(samples.get("images/b")).toMatchObject({ className: "benign", masks: null, group: null });
    expect(samples.get("images/c")).toMatchObject({ className: null, masks: null });
    const empty = await importFiles(
      { ...pictures, "all.json": JSON.stringify(content) },
      { emptyImages: "no-lesion" },
    );
    expect(empty.samples.get("images/c")?.masks).toEqual([]);
  });

  it("does not take a single category for a class", async () => {
    const one = {
      ...content,
      categories: [{ id: 1, name: "lesion" }],
      annotations: [{ image_id: 1, category_id: 1, segmentation: [[1, 1, 9, 1, 9, 9]] }],
    };
    const { samples } = await importFiles({ ...pictures, "all.json": JSON.stringify(one) });
    expect(samples.get("images/a")).toMatchObject({ className: null });
    expect(samples.get("images/a")?.masks).toHaveLength(1);
  });

  it("warns of run-length masks and of two classes in one image", async () => {
    const odd = {
      ...content,
      annotations: [
        { image_id: 1, category_id: 1, segmentation: { counts: "x", size: [1, 1] } },
        { image_id: 1, category_id: 2 },
      ],
    };
    const { samples, warnings } = await importFiles({ ...pictures, "all.json": JSON.stringify(odd) });
    expect(samples.get("images/a")).toMatchObject({ className: null, masks: null });
    expect(warnings).toEqual([
      "all.json, image 1: a run-length mask",
      "all.json, image 1: the categories benign and malignant",
    ]);
  });

  it("reports broken JSON and bad references, all together", async () => {
    const text = JSON.stringify(content);
    const tree = memoryTree({ ...pictures, "all.json": text.slice(0, 100) });
    const broken = toManifest({
      importer: importerNamed("coco"),
      tree,
      inspector: pretendInspector(tree),
      choices: {},
      root: ".",
    });
    await expect(broken).rejects.toThrow(/all.json: got broken JSON/);
    const bad = {
      ...content,
      images: [
        { id: 1, file_name: "../a.png" },
        { id: 2, file_name: "gone.png" },
      ],
      annotations: [
        { image_id: 9, category_id: 1 },
        { image_id: 1, category_id: 5 },
      ],
    };
    expect(await problemsOf({ ...pictures, "all.json": JSON.stringify(bad) })).toEqual([
      "all.json, annotations.0: image_id 9",
      'all.json, image 1: file_name "../a.png", which leaves the folder',
      'all.json, image 2: file_name "gone.png", which is not there',
    ]);
  });
});
