import { parse } from "csv-parse/sync";
import { expect, it } from "vitest";
import { perImageCsv } from "./per-image-csv.js";
import { CLASSES, makeImage } from "./testing/make-evaluation.js";

it("perImageCsv is read back by another program, with empty cells where nothing is known", () => {
  const text = perImageCsv(
    [
      makeImage({ id: 'a, "b"\nc', prob: 0.75, columns: 2 }),
      makeImage({ id: "=1+1", className: null, prob: 0.2, columns: null }),
    ],
    CLASSES,
  );
  const [first, second] = parse(text, { columns: true }) as Record<string, string>[];
  expect(first).toMatchObject({
    id: 'a, "b"\nc',
    class: "benign",
    called: "malignant",
    "probability malignant": "0.75",
    dice: "0.666667",
    "true area px": "32",
    "predicted area px": "16",
    "nsd tolerance": "5 px",
  });
  expect(second).toMatchObject({ id: "'=1+1", class: "", called: "benign", dice: "", "hd95 px": "" });
});
