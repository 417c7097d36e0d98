import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../errors.js";
import { hashManifest } from "../manifest.js";
import type { Sample } from "../sample.js";
import { anySamples, makeManifest, makeSample } from "../testing/make-samples.js";
import { makeFolds, makeOwnFolds } from "./kfold.js";
import { makeSplit, type SplitRequest } from "./make-split.js";
import { parseSplit, type SplitFile, serialiseSplit, verifySplit } from "./split-file.js";

const OPTIONS: SplitRequest["options"] = {
  shares: [0.6, 0.2, 0.2],
  labels: [],
  balance: "natural",
  labelUnit: "image",
};

function request(samples: readonly Sample[], given: Partial<SplitRequest> = {}): SplitRequest {
  const manifest = makeManifest(samples);
  return {
    manifest,
    manifestHash: hashManifest(manifest),
    decisionsHash: null,
    nearDuplicateGroups: null,
    seed: 1,
    options: OPTIONS,
    ...given,
  };
}

/** Part by id, written out here and not taken from the code under test. */
function partsById(split: SplitFile): Map<string, string[]> {
  const parts = new Map<string, string[]>();
  const add = (ids: readonly string[], part: string) => {
    for (const id of ids) parts.set(id, [...(parts.get(id) ?? []), part]);
  };
  add(split.train, "train");
  add(split.val, "val");
  add(split.test, "test");
  add(
    split.leftOut.map(({ id }) => id),
    "left out",
  );
  return parts;
}

const anyGroups = fc.array(fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 2, maxLength: 4 }), {
  maxLength: 6,
});

function groupsOf(samples: readonly Sample[], indices: readonly (readonly number[])[]): string[][] {
  return indices.map((group) => group.map((index) => samples[index % samples.length]!.id));
}

/** A split may rightly refuse a set in which too many groups have grown together. */
function splitOrRefusal(made: () => SplitFile): SplitFile | undefined {
  try {
    return made();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

describe("makeSplit", () => {
  it("is disjoint and complete, keeps groups and near-duplicates together, tests no unlabelled image", () => {
    let splits = 0;
    fc.assert(
      fc.property(anySamples, anyGroups, fc.integer({ min: 0, max: 1000 }), (samples, indices, seed) => {
        const nearDuplicateGroups = groupsOf(samples, indices);
        const split = splitOrRefusal(() => makeSplit(request(samples, { nearDuplicateGroups, seed })));
        if (split === undefined) return;
        splits++;
        const parts = partsById(split);
        const used = samples.filter(({ excluded }) => excluded === null);
        expect([...parts.keys()].sort()).toEqual(used.map(({ id }) => id).sort());
        for (const found of parts.values()) expect(found).toHaveLength(1);
        const placeOf = (id: string) => parts.get(id)?.[0];
        const patients = new Set(used.flatMap(({ group }) => group ?? []));
        const ofPatient = (patient: string) =>
          used.filter(({ group }) => group === patient).map(({ id }) => id);
        const together = [...nearDuplicateGroups, ...[...patients].map(ofPatient)];
        for (const ids of together) {
          const places = new Set(
            ids.map(placeOf).filter((place) => place !== undefined && place !== "left out"),
          );
          expect(places.size).toBeLessThanOrEqual(1);
        }
        for (const { id, className } of used) {
          if (className === null) expect(["train", "left out"]).toContain(placeOf(id));
        }
      }),
      { numRuns: 150 },
    );
    expect(splits).toBeGreaterThan(100);
  });

  it("does not depend on the order of the manifest, but on the seed", () => {
    fc.assert(
      fc.property(anySamples, fc.integer(), (samples, shuffleSeed) => {
        const shuffled = [...samples].sort((a, b) => hashOf(a.id, shuffleSeed) - hashOf(b.id, shuffleSeed));
        expect(makeSplit(request(shuffled))).toEqual(makeSplit(request(samples)));
      }),
      { numRuns: 50 },
    );
    const samples = Array.from({ length: 60 }, (_, index) =>
      makeSample(`s${index}`, { className: index % 3 === 0 ? "malignant" : "benign" }),
    );
    expect(makeSplit(request(samples, { seed: 2 })).test).not.toEqual(makeSplit(request(samples)).test);
  });

  it("gives each part its share of each class, up to one image, when every image stands alone", () => {
    const samples = Array.from({ length: 453 }, (_, index) =>
      makeSample(`s${index}`, { className: index < 306 ? "benign" : "malignant" }),
    );
    const split = makeSplit(request(samples, { options: { ...OPTIONS, shares: [0.7, 0.1, 0.2] } }));
    const malignant = (ids: readonly string[]) => ids.filter((id) => Number(id.slice(1)) >= 306).length;
    const wanted = [
      [split.train, 0.7 * 306, 0.7 * 147],
      [split.val, 0.1 * 306, 0.1 * 147],
      [split.test, 0.2 * 306, 0.2 * 147],
    ] as const;
    for (const [ids, benign, cancers] of wanted) {
      expect(Math.abs(malignant(ids) - cancers)).toBeLessThanOrEqual(1);
      expect(Math.abs(ids.length - malignant(ids) - benign)).toBeLessThanOrEqual(1);
    }
  });

  it("joins the same bytes and chains of groups without being told", () => {
    const alone = Array.from({ length: 20 }, (_, index) =>
      makeSample(`s${index}`, { className: index % 2 === 0 ? "benign" : "malignant" }),
    );
    const chain = [
      makeSample("a", { group: "1" }),
      makeSample("b", { group: "1", sha256: "f".repeat(64) }),
      makeSample("c", { sha256: "f".repeat(64) }),
      makeSample("d"),
    ];
    for (let seed = 0; seed < 20; seed++) {
      const split = makeSplit(request([...alone, ...chain], { nearDuplicateGroups: [["c", "d"]], seed }));
      const parts = partsById(split);
      expect(new Set(["a", "b", "c", "d"].map((id) => parts.get(id)?.[0])).size).toBe(1);
    }
  });

  it("keeps patients of the same number in two sets apart", () => {
    const samples = Array.from({ length: 40 }, (_, index) =>
      makeSample(`s${index}`, {
        group: "1",
        source: `set ${index}`,
        className: index % 2 === 0 ? "benign" : "malignant",
      }),
    );
    expect(makeSplit(request(samples)).test).toHaveLength(8);
  });

  it("refuses a class with fewer groups than parts, naming the class", () => {
    const samples = [
      ...Array.from({ length: 9 }, (_, index) => makeSample(`b${index}`)),
      ...Array.from({ length: 9 }, (_, index) =>
        makeSample(`m${index}`, { className: "malignant", group: index < 5 ? "1" : "2" }),
      ),
    ];
    expect(() => makeSplit(request(samples))).toThrow(
      /class malignant: got 2 groups of images; wanted at least 3/,
    );
  });

  it("refuses a share too small to hold every class", () => {
    const samples = Array.from({ length: 23 }, (_, index) =>
      makeSample(`s${index}`, { className: index < 20 ? "benign" : "malignant" }),
    );
    const tiny = request(samples, { options: { ...OPTIONS, shares: [0.85, 0.05, 0.1] } });
    expect(() => makeSplit(tiny)).toThrow(/class malignant: got no image of it in val/);
  });

  it.each([
    [[0.5, 0.2, 0.2], /add up to 0.9/],
    [[0, 0.5, 0.5], /add up to 1/],
  ] as const)("refuses the shares %j", (shares, message) => {
    expect(() =>
      makeSplit(request([makeSample("a")], { options: { ...OPTIONS, shares: [...shares] } })),
    ).toThrow(message);
  });

  it("splits a set with masks only", () => {
    const samples = Array.from({ length: 20 }, (_, index) =>
      makeSample(`s${index}`, { className: null, masks: index < 10 ? [] : null }),
    );
    const split = makeSplit(request(samples));
    expect([split.train.length, split.val.length, split.test.length]).toEqual([16, 2, 2]);
    expect(split.budgets.all).toHaveLength(6);
  });
});

describe("label budgets", () => {
  it("are nested, from the training part, of the asked size and mix", () => {
    fc.assert(
      fc.property(
        anySamples,
        fc.constantFrom("balanced", "natural"),
        fc.constantFrom("image", "group"),
        (samples, balance, labelUnit) => {
          const labels = [2, 4, 6];
          const split = splitOrRefusal(() =>
            makeSplit(request(samples, { options: { ...OPTIONS, labels, balance, labelUnit } })),
          );
          if (split === undefined) return;
          const byId = new Map(samples.map((sample) => [sample.id, sample]));
          let smaller: readonly string[] = [];
          for (const budget of labels) {
            const ids = split.budgets[String(budget)]!;
            expect(smaller.every((id) => ids.includes(id))).toBe(true);
            expect(ids.every((id) => split.train.includes(id))).toBe(true);
            expect(ids.every((id) => byId.get(id)!.className !== null && byId.get(id)!.masks !== null)).toBe(
              true,
            );
            if (labelUnit === "image") {
              expect(ids).toHaveLength(budget);
              const malignant = ids.filter((id) => byId.get(id)!.className === "malignant").length;
              if (balance === "balanced") expect(Math.abs(2 * malignant - budget)).toBeLessThanOrEqual(1);
            } else expect(ids.length).toBeLessThanOrEqual(budget);
            smaller = ids;
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("mix classes as the training part does when natural", () => {
    const samples = Array.from({ length: 300 }, (_, index) =>
      makeSample(`s${index}`, { className: index % 4 === 0 ? "malignant" : "benign" }),
    );
    const split = makeSplit(request(samples, { options: { ...OPTIONS, labels: [72, 144, 0.5] } }));
    const malignant = (ids: readonly string[]) => ids.filter((id) => Number(id.slice(1)) % 4 === 0).length;
    expect(malignant(split.budgets["72"]!)).toBe(18);
    expect(malignant(split.budgets["144"]!)).toBe(36);
    expect(split.budgets["0.5"]).toHaveLength(90);
  });

  it("draw whole patients when asked", () => {
    const samples = Array.from({ length: 90 }, (_, index) =>
      makeSample(`s${index}`, {
        group: `g${Math.floor(index / 3)}`,
        className: index < 45 ? "benign" : "malignant",
      }),
    );
    const split = makeSplit(request(samples, { options: { ...OPTIONS, labels: [12], labelUnit: "group" } }));
    const groups = new Set(split.budgets["12"]!.map((id) => Math.floor(Number(id.slice(1)) / 3)));
    expect(split.budgets["12"]).toHaveLength(12);
    expect(groups.size).toBe(4);
  });

  it.each([
    ["more than there are", [500], "natural", /wanted 500/],
    ["more of a class than there are", [40], "balanced", /training images of class malignant; wanted 20/],
    ["a broken number", [2.5], "natural", /2.5 images/],
  ] as const)("refuse %s", (_name, labels, balance, message) => {
    const samples = Array.from({ length: 100 }, (_, index) =>
      makeSample(`s${index}`, { className: index < 10 ? "malignant" : "benign" }),
    );
    expect(() =>
      makeSplit(request(samples, { options: { ...OPTIONS, labels: [...labels], balance } })),
    ).toThrow(message);
  });
});

describe("folds", () => {
  it("test each labelled image exactly once, and never beside its patient", () => {
    fc.assert(
      fc.property(anySamples, (samples) => {
        const splits = makeFolds(request(samples), 3);
        const labelled = samples.filter(({ excluded, className }) => excluded === null && className !== null);
        expect(splits.flatMap(({ test }) => test).sort()).toEqual(labelled.map(({ id }) => id).sort());
        const groupOf = new Map(samples.map(({ id, group }) => [id, group]));
        for (const split of splits) {
          const tested = new Set(split.test.map((id) => groupOf.get(id)).filter((group) => group !== null));
          expect([...split.train, ...split.val].some((id) => tested.has(groupOf.get(id) ?? ""))).toBe(false);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("of the set itself are kept, and images that would leak are left out", () => {
    const samples = Array.from({ length: 40 }, (_, index) =>
      makeSample(`s${index}`, {
        attributes: { fold: (index % 4) + 1 },
        className: index % 8 < 4 ? "benign" : "malignant",
      }),
    );
    const splits = makeOwnFolds(request(samples, { nearDuplicateGroups: [["s0", "s1"]] }));
    expect(splits).toHaveLength(4);
    expect(splits[0]!.test.every((id) => Number(id.slice(1)) % 4 === 0)).toBe(true);
    expect(splits[0]!.test).toHaveLength(10);
    expect(splits[0]!.leftOut.map(({ id }) => id)).toEqual(["s1"]);
    expect(splits[1]!.leftOut.map(({ id }) => id)).toEqual(["s0"]);
    expect(splits[2]!.leftOut).toEqual([]);
    expect(() => makeOwnFolds(request([makeSample("a")]))).toThrow(/no fold in the manifest/);
  });
});

describe("verifySplit", () => {
  const samples = Array.from({ length: 30 }, (_, index) =>
    makeSample(`s${index}`, { className: index % 2 === 0 ? "benign" : "malignant" }),
  );
  const split = makeSplit(request(samples, { options: { ...OPTIONS, labels: [4] } }));
  const text = serialiseSplit(split);

  it("reads what was written", () => {
    expect(verifySplit(text, "x.json", split.manifestHash)).toEqual(split);
  });

  it.each([
    [
      "an id moved from test to training",
      () => text.replace(`"${split.test[0]}"`, `"${split.train[0]}"`),
      /a changed file/,
    ],
    ["another seed", () => text.replace('"seed": 1', '"seed": 2'), /a changed file/],
    ["a field taken out", () => text.replace(/ "val": \[[^\]]*\],\n/, ""), /a fault in val/],
    ["half a file", () => text.slice(0, 200), /not JSON/],
  ])("refuses %s", (_name, change, message) => {
    expect(change()).not.toBe(text);
    expect(() => parseSplit(change(), "x.json")).toThrow(message);
  });

  it("refuses the split of another manifest", () => {
    expect(() => verifySplit(text, "x.json", "0".repeat(64))).toThrow(/make the split again/);
  });
});

function hashOf(text: string, seed: number): number {
  let hash = seed | 0;
  for (const letter of text) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
  return hash;
}
