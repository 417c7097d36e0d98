import { describe, expect, it } from "vitest";
import { importFiles, problemsOf } from "../testing/import-files.js";

describe("SZ-TUS lists", () => {
  const pictures = {
    "images/L1-0001-1.png": "a",
    "images/L1-0001-2.png": "b",
    "images/L2-0007-1.png": "c",
    "masks/L1-0001-1.png": "d",
    "masks/L2-0007-1.png": "e",
  };

  it("reads both lists; labels on unlabelled lines are not read", async () => {
    const { format, samples } = await importFiles({
      ...pictures,
      "labeled.txt": "images/L1-0001-1.png masks/L1-0001-1.png 1\n\nL2-0007-1.png masks/L2-0007-1.png 0\r\n",
      "unlabeled.txt": "images/L1-0001-2.png masks/L1-0001-1.png 1\nimages/L1-0001-1.png\n",
    });
    expect(format).toBe("sz-tus");
    expect(samples.get("images/L1-0001-1")).toMatchObject({
      className: "malignant",
      group: "L1-0001",
      attributes: { list: "labeled" },
    });
    expect(samples.get("images/L2-0007-1")).toMatchObject({ className: "benign", group: "L2-0007" });
    expect(samples.get("images/L1-0001-2")).toMatchObject({
      className: null,
      masks: null,
      group: "L1-0001",
      attributes: { list: "unlabeled" },
    });
    expect(samples.size).toBe(3);
  });

  it("reports every bad line with its number", async () => {
    const list = [
      "images/L1-0001-1.png masks/L1-0001-1.png",
      "images/gone.png masks/L1-0001-1.png 1",
      "../x.png masks/L1-0001-1.png 1",
      "images/L1-0001-1.png masks/L1-0001-1.png 7",
    ];
    expect(await problemsOf({ ...pictures, "labeled.txt": list.join("\n") })).toEqual([
      "labeled.txt, line 1: 2 words",
      'labeled.txt, line 2: "images/gone.png", which is not there',
      'labeled.txt, line 3: "../x.png", which leaves the folder',
      'class "7" of the sz-tus set: a class without a meaning',
    ]);
  });
});
