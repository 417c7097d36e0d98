import { describe, expect, it } from "vitest";
import { makeEvaluation, makeImage, makeImages } from "../testing/make-evaluation.js";
import { checklist } from "./checklist.js";
import { niceTicks } from "./chart.js";
import { galleryLists } from "./gallery.js";
import { reportPage } from "./report-page.js";
import { trainingCurves } from "./training-charts.js";

const evil = `"><script>alert(1)</script>`;
const images = [
  ...makeImages("report", 1),
  makeImage({ id: evil, className: null, prob: 0.4, columns: null }),
];
const evaluation = { ...makeEvaluation({ method: "hermes", images }), notes: [evil] };
const content: Parameters<typeof reportPage>[0] = {
  evaluation,
  curves: trainingCurves([
    `{"kind":"start","step":0,"runId":"x"}`,
    `{"kind":"step","step":10,"loss":2,"terms":{"class":1},"more":1}`,
    `{"kind":"step","step":20,"loss":1.5,"terms":{"class":0.5}}`,
    `{"kind":"step","step":20,"loss":1,"terms":{"class":0.5}}`,
    `{"kind":"validation","step":20,"scores":{"dice":0.5,"auroc":null,"accuracy":1},"best":"yes"}`,
    `{"kind":"step","st`,
  ]),
  findings: null,
  ledger: [{ time: "t", who: evil, splitHash: "c".repeat(64), runId: "r", purpose: "evaluate" }],
  gallery: images.map((result) => ({
    result,
    picture: "data:image/jpeg;base64,AA==",
    truthPath: null,
    predictionPath: "M0 0h1v1h-1z",
  })),
  maps: new Map(images.map(({ id }) => [id, { saliency: null, certainty: "data:image/jpeg;base64,AA==" }])),
};
const page = reportPage(content);

describe("reportPage", () => {
  it("is one page without scripts, and names nothing to load", () => {
    expect(page).not.toContain("<script");
    const references = [...page.matchAll(/\b(?:href|src)="([^"]*)"/g)].map(([, target]) => target!);
    expect(references.length).toBeGreaterThan(20);
    expect(references.filter((target) => !target.startsWith("#") && !target.startsWith("data:"))).toEqual([]);
    expect(page).toContain("default-src 'none'");
  });

  it("gives every picture a text, every id once, and every reference a target", () => {
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
    for (const [tag] of page.matchAll(/<img [^>]*>/g)) expect(tag).toMatch(/alt="[^"]+"/);
    for (const [tag] of page.matchAll(/<svg [^>]*>/g))
      expect(tag).toMatch(/aria-label="[^"]+"|aria-hidden="true"/);
  });

  it("has intervals over patients where they are known, else over images", () => {
    expect(page).toContain("intervals over images");
    expect(page).not.toContain("over patients");
    const data = { ...evaluation.data, groups: 7 };
    const known = reportPage({ ...content, evaluation: { ...evaluation, data } });
    expect(known).toContain("intervals over patients");
    expect(known).not.toContain("intervals over images");
  });

  it("says what is unknown", () => {
    const items = checklist({ evaluation, audited: "no", imagesWithoutGroup: 1 });
    expect(items.find(({ item }) => item.startsWith("De-identification"))!.answer).toBeNull();
    expect(page.match(/unknown: for the authors/g)).toHaveLength(
      items.filter(({ answer }) => answer === null).length,
    );
    expect(page).toContain("was not audited");
    expect(page).toMatch(/aria-label="Keeping all images: wrong classes 0\.\d{3}, 1 − Dice 0\.\d{3}; /);
  });
});

describe("checklist", () => {
  it.each([
    [{ kind: "random" }, "at random"],
    [{ kind: "file", name: "a.safetensors", sha256: "aa" }, "a.safetensors, SHA-256 aa"],
    [
      {
        kind: "files",
        files: [
          { name: "a", sha256: "aa" },
          { name: "b", sha256: "bb" },
        ],
      },
      "a, SHA-256 aa; b, SHA-256 bb",
    ],
  ])("names the files that weights began from: %o", (weights, wanted) => {
    const run = { ...evaluation.run, plan: { ...evaluation.run.plan, weights } };
    const items = checklist({ evaluation: { ...evaluation, run }, audited: "no", imagesWithoutGroup: 0 });
    expect(items.find(({ item }) => item === "Initial weights")!.answer).toBe(wanted);
  });
});

describe("galleryLists", () => {
  it("ranks by Dice, by confidence of mistakes and by uncertainty", () => {
    const lists = galleryLists(
      [
        makeImage({ id: "fine", prob: 0.1, columns: 4 }),
        makeImage({ id: "sure mistake", prob: 0.99, columns: 3 }),
        makeImage({ id: "mild mistake", prob: 0.6, columns: 2 }),
        makeImage({ id: "unknown", className: null, prob: 0.51, columns: null }),
      ],
      ["benign", "malignant"],
    );
    expect(lists.map(({ ids }) => ids)).toEqual([
      ["mild mistake", "sure mistake", "fine"],
      ["sure mistake", "mild mistake"],
      ["unknown", "mild mistake", "fine", "sure mistake"],
      ["fine", "sure mistake", "mild mistake", "unknown"],
    ]);
  });
});

describe("charts", () => {
  it("mark round values", () => {
    expect(niceTicks(0, 1).map(({ text }) => text)).toEqual(["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    expect(niceTicks(0, 38).map(({ text }) => text)).toEqual(["0", "10", "20", "30"]);
    expect(niceTicks(3, 3)).toEqual([{ at: 3, text: "3" }]);
  });

  it("take the last of steps that were done twice, and pass over a line that is cut off", () => {
    const { steps } = trainingCurves([
      `{"kind":"step","step":1,"loss":5,"terms":{}}`,
      `{"kind":"step","step":1,"loss":4,"terms":{}}`,
      `{"kind":"st`,
    ]);
    expect(steps.map(({ loss }) => loss)).toEqual([4]);
  });
});
