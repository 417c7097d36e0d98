import { describe, expect, it } from "vitest";
import { importFiles, masksOf, problemsOf } from "../testing/import-files.js";

describe("BUS-BRA", () => {
  const table = [
    "ID,Case,Histology,Pathology,BIRADS,Device,Width,Height,Side,BBOX",
    'bus_0001-l,1,carcinoma,malignant,4,"GE, Logiq",274,353,left,"[1,2,3,4]"',
    "bus_0001-r,1,carcinoma,malignant,4,GE,275,353,right,",
    "bus_0002-s,2,cyst,benign,2,GE,275,353,single,",
  ].join("\r\n");
  const files = {
    "bus_data.csv": `\uFEFF${table}\r\n`,
    "Images/bus_0001-l.png": "a",
    "Images/bus_0001-r.png": "b",
    "Images/bus_0002-s.png": "c",
    "Masks/mask_0001-l.png": "d",
    "Masks/mask_0001-r.png": "e",
    "Masks/mask_0002-s.png": "f",
  };

  it("groups by case and keeps what the table tells", async () => {
    const { format, samples, warnings } = await importFiles(files);
    expect(format).toBe("bus-bra");
    expect(samples.get("Images/bus_0001-l")).toMatchObject({
      className: "malignant",
      group: "1",
      attributes: { birads: "4", histology: "carcinoma", device: "GE, Logiq", side: "left" },
    });
    expect(masksOf(samples.get("Images/bus_0001-r"))).toEqual(["Masks/mask_0001-r.png"]);
    expect(warnings).toEqual([]);
  });

  it("reads the set's own folds", async () => {
    const folds = {
      "5-fold-cv.csv": "ID,kFold\nbus_0001-l,3\nbus_0001-r,3\nbus_0002-s,5\n",
      "10-fold-cv.csv": "ID,kFold\nbus_0001-l,7\n",
    };
    const { samples } = await importFiles({ ...files, ...folds });
    expect(samples.get("Images/bus_0001-l")?.attributes).toMatchObject({ fold: 3, fold5: 3, fold10: 7 });
    expect(samples.get("Images/bus_0002-s")?.attributes).toMatchObject({ fold: 5 });
  });

  it("says which columns there are if the header is wrong", async () => {
    const wrong = {
      ...files,
      "bus_data.csv": table.replace("Case", "Patient").replace("Pathology", "Class"),
    };
    expect(await problemsOf(wrong)).toEqual([
      "bus_data.csv: the columns ID, Patient, Histology, Class, BIRADS, Device, Width, Height, Side, BBOX",
    ]);
  });

  it("reports class words that it does not know, masks without an image, and missing lines", async () => {
    const { "Images/bus_0002-s.png": _gone, ...rest } = files;
    expect(await problemsOf({ ...rest, "bus_data.csv": table.replaceAll("malignant", "maligno") })).toEqual([
      "Masks/mask_0002-s.png: a mask without an image",
      'class "maligno" of the bus-bra set: a class without a meaning',
    ]);
    const { samples, warnings } = await importFiles({ ...files, "Images/bus_0009-l.png": "x" });
    expect(samples.get("Images/bus_0009-l")).toMatchObject({ className: null, group: null, masks: null });
    expect(warnings).toHaveLength(2);
  });
});
