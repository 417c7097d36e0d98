import { describe, expect, it } from "vitest";
import { importFiles, masksOf, problemsOf } from "../testing/import-files.js";

describe("generic", () => {
  it("reads images and masks apart, with a table", async () => {
    const { format, samples } = await importFiles(
      {
        "images/a.png": "1",
        "images/b.jpg": "2",
        'images/it\'s "odd".png': "3",
        "masks/a.png": "4",
        "masks/b_mask.png": "5",
        "masks/b_mask_1.png": "6",
        "t.csv": "file,finding,who\na.png,cancer,7\nb,cyst,8\n",
      },
      { classColumn: "finding", groupColumn: "who" },
    );
    expect(format).toBe("generic");
    expect(samples.get("images/a")).toMatchObject({ className: "cancer", group: "7" });
    expect(masksOf(samples.get("images/b"))).toEqual(["masks/b_mask.png", "masks/b_mask_1.png"]);
    expect(samples.get('images/it\'s "odd"')).toMatchObject({ className: null, masks: null });
  });

  it("puts the finding last among the classes, or takes the order given", async () => {
    const files = { "a.png": "1", "b.png": "2", "t.csv": "id,class\na,cancer\nb,cyst\n" };
    expect((await importFiles(files)).header.classes).toEqual(["cyst", "cancer"]);
    expect((await importFiles(files, { classes: ["cancer", "cyst"] })).header.classes).toEqual([
      "cancer",
      "cyst",
    ]);
    expect(await problemsOf(files, { classes: ["cancer", "node"] })).toEqual([
      "--classes cancer,node: images of class cancer, cyst",
    ]);
  });

  it("takes masks that lie beside their images, and only those", async () => {
    const { samples } = await importFiles({ "x/1.png": "1", "x/1_mask.png": "2", "x/old_mask.png": "3" });
    expect([...samples.keys()]).toEqual(["x/1", "x/old_mask"]);
    expect(masksOf(samples.get("x/1"))).toEqual(["x/1_mask.png"]);
  });

  it("takes well-known folder names as classes, others when told", async () => {
    const known = await importFiles({ "benign/1.png": "1", "malignant/1.png": "2", "normal/1.png": "3" });
    expect(known.samples.get("malignant/1")).toMatchObject({ className: "malignant" });
    expect(known.samples.get("normal/1")?.excluded).toBe("class normal");
    const files = { "cyst/1.png": "1", "node/1.png": "2" };
    const unsure = await importFiles(files);
    expect(unsure.samples.get("cyst/1")?.className).toBeNull();
    expect(unsure.warnings).toEqual(["memory: the folders cyst, node"]);
    expect((await importFiles(files, { classFrom: "folder" })).samples.get("cyst/1")?.className).toBe("cyst");
  });

  it("accepts images alone", async () => {
    const { samples, header } = await importFiles({ "a.png": "1", "b.tif": "2" });
    expect([...samples.values()].map(({ className, masks, group }) => [className, masks, group])).toEqual([
      [null, null, null],
      [null, null, null],
    ]);
    expect(header.classes).toEqual(["benign", "malignant"]);
  });

  it("reports all problems together", async () => {
    const files = {
      "images/a.png": "1",
      "masks/z.png": "2",
      "masks/y.png": "3",
      "t.csv": "file,finding\na.png,x\n",
    };
    expect(await problemsOf(files, { classColumn: "clas", groupColumn: "patient" })).toEqual([
      "t.csv: the columns file, finding",
      "masks/y.png: a mask without an image",
      "masks/z.png: a mask without an image",
    ]);
    expect(await problemsOf({ "a.png": "1" }, { csv: "gone.csv", images: "pictures" })).toEqual([
      "--images pictures: no file below it",
      '--csv gone.csv: "gone.csv", which is not there',
    ]);
  });

  it("keeps two images of one name apart", async () => {
    const { samples } = await importFiles({ "a.jpg": "1", "a.png": "2" });
    expect([...samples.keys()]).toEqual(["a", "a.png"]);
  });
});
