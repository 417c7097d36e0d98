import { describe, expect, it } from "vitest";
import { importFiles, masksOf } from "../testing/import-files.js";

describe("DDTI", () => {
  const caseFile = (tirads: string, marks: string) =>
    `<case><number>1</number><age>50</age><sex>F</sex><tirads>${tirads}</tirads>${marks}</case>`;
  const mark = (image: number, svg: string) => `<mark><image>${image}</image><svg>${svg}</svg></mark>`;
  const triangle =
    '[{"points": [{"x": 1, "y": 2}, {"x": 9, "y": 2}, {"x": 9, "y": 8}], "annotation": {}, "regionType": "freehand"}]';
  const arrow = triangle.replace("freehand", "arrow");

  it("takes polygons, TI-RADS classes and the case as group", async () => {
    const { format, samples, warnings } = await importFiles({
      "1.xml": caseFile("4b", mark(1, triangle) + mark(2, triangle)),
      "1_1.jpg": "a",
      "1_2.jpg": "b",
      "2.xml": caseFile("2", mark(1, triangle)),
      "2_1.jpg": "c",
      "3.xml": caseFile("4a", mark(1, triangle)),
      "3_1.jpg": "d",
      "4.xml": caseFile("", mark(1, triangle)),
      "4_1.jpg": "e",
    });
    expect(format).toBe("ddti");
    expect(warnings).toEqual([]);
    expect(samples.get("1_2")).toMatchObject({
      className: "malignant",
      group: "1",
      attributes: { tirads: "4b", age: "50", sex: "F" },
    });
    expect(masksOf(samples.get("1_1"))).toEqual([
      [
        [1, 2],
        [9, 2],
        [9, 8],
      ],
    ]);
    expect(samples.get("2_1")?.className).toBe("benign");
    expect(samples.get("3_1")).toMatchObject({ className: null, excluded: null });
    expect(samples.get("4_1")?.className).toBeNull();
    expect(samples.get("4_1")?.masks).toHaveLength(1);
  });

  it("lets 4a count as benign", async () => {
    const files = { "3.xml": caseFile("4a", mark(1, triangle)), "3_1.jpg": "d" };
    expect((await importFiles(files, { classMap: { "4A": "benign" } })).samples.get("3_1")?.className).toBe(
      "benign",
    );
  });

  it("reports every broken file and goes on", async () => {
    const { samples, warnings } = await importFiles({
      "1.xml": caseFile("5", mark(1, triangle.slice(0, 60))),
      "1_1.jpg": "a",
      "2.xml": "<case><tirads>5</case>",
      "2_1.jpg": "b",
      "3.xml": caseFile("5", mark(1, arrow)),
      "3_1.jpg": "c",
      "4.xml": caseFile("5", mark(1, "") + mark(7, triangle)),
      "4_1.jpg": "d",
      "5_1.jpg": "e",
      "6.xml": "<other/>",
      "6_1.jpg": "f",
    });
    expect([...samples.values()].map(({ masks }) => masks)).toEqual([null, null, null, null, null, null]);
    expect(samples.get("1_1")?.className).toBe("malignant");
    expect(samples.get("2_1")?.className).toBeNull();
    const text = warnings.join("\n");
    for (const part of [
      "1.xml, outline of image 1_1: broken JSON",
      "2.xml: broken XML",
      "3.xml, outline of image 3_1: only arrows",
      "4.xml, outline of image 4_1: no outline",
      "4.xml: outlines for image 7",
      "5_1.jpg: no readable case file",
      "6.xml: XML without",
    ]) {
      expect(text).toContain(part);
    }
  });
});
