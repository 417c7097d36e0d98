import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { importFiles, masksOf, problemsOf } from "../testing/import-files.js";

describe("UDIAT", () => {
  const pictures = {
    "original/000001.png": "a",
    "original/000002.png": "b",
    "GT/000001.png": "c",
    "GT/000002.png": "d",
  };

  it("pairs images with masks and reads classes from a table, whatever its columns are called", async () => {
    const { format, samples } = await importFiles({
      ...pictures,
      "DatasetB.csv": "Image;Type\n000001.png;Benign\n2;Malignant\n",
    });
    expect(format).toBe("udiat");
    expect(samples.get("original/000001")?.className).toBe("benign");
    expect(samples.get("original/000002")).toMatchObject({ className: "malignant" });
    expect(masksOf(samples.get("original/000002"))).toEqual(["GT/000002.png"]);
  });

  it("reads classes from folders above or below", async () => {
    const above = await importFiles({
      "Benign/original/1.png": "a",
      "Benign/GT/1.png": "b",
      "Malignant/original/1.png": "c",
      "Malignant/GT/1.png": "d",
    });
    expect(above.samples.get("Malignant/original/1")).toMatchObject({ className: "malignant" });
    const below = await importFiles({
      "original/benign/1.png": "a",
      "GT/benign/1.png": "b",
      "original/malignant/2.png": "c",
    });
    expect(masksOf(below.samples.get("original/benign/1"))).toEqual(["GT/benign/1.png"]);
    expect(below.samples.get("original/malignant/2")).toMatchObject({ className: "malignant", masks: null });
  });

  it("reads classes from an Excel table", async () => {
    const table = workbook([
      ["Image", "Type"],
      [1, "Benign"],
      [2, "Malignant"],
    ]);
    const { samples } = await importFiles({ ...pictures, "DatasetB.xlsx": table });
    expect([...samples.values()].map(({ className }) => className)).toEqual(["benign", "malignant"]);
  });

  it("goes on without classes, and says so; refuses a table that tells nothing", async () => {
    expect((await importFiles(pictures)).warnings).toEqual(["memory: no table and no class folders"]);
    expect(await problemsOf({ ...pictures, "t.csv": "a,b\n5,6\n" })).toEqual(["t.csv: the columns a, b"]);
    expect(await problemsOf({ ...pictures, "t.xlsx": "no zip" })).toEqual([
      "t.xlsx: a file that is no Excel table",
    ]);
  });
});

/** A small Excel file: the five parts that ECMA-376 asks for. */
function workbook(rows: readonly (readonly (string | number)[])[]): Uint8Array {
  const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
  const relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const packageRelations = "http://schemas.openxmlformats.org/package/2006/relationships";
  const cell = (value: string | number, row: number, column: number) => {
    const place = `r="${"ABC"[column]}${row + 1}"`;
    return typeof value === "number"
      ? `<c ${place}><v>${value}</v></c>`
      : `<c ${place} t="inlineStr"><is><t>${value}</t></is></c>`;
  };
  const sheet = rows
    .map((row, y) => `<row r="${y + 1}">${row.map((value, x) => cell(value, y, x)).join("")}</row>`)
    .join("");
  const parts = {
    "[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
    "_rels/.rels": `<Relationships xmlns="${packageRelations}"><Relationship Id="rId1" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `<workbook xmlns="${main}" xmlns:r="${relations}"><sheets><sheet name="B" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships xmlns="${packageRelations}"><Relationship Id="rId1" Type="${relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    "xl/worksheets/sheet1.xml": `<worksheet xmlns="${main}"><sheetData>${sheet}</sheetData></worksheet>`,
  };
  return zipSync(
    Object.fromEntries(
      Object.entries(parts).map(([name, text]) => [name, strToU8(`<?xml version="1.0"?>${text}`)]),
    ),
  );
}
