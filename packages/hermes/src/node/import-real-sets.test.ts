import { describe, expect, it } from "vitest";
import { summariseManifest } from "../data/manifest-summary.js";
import { makeSplit } from "../data/split/make-split.js";
import { importDataset } from "./import-dataset.js";
import { sharedPath } from "./testing/shared.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

const busi = sharedPath("data", "busi");
const busBra = sharedPath("data", "bus-bra");
const ddti = sharedPath("data", "ddti");

async function importSet(folder: string | undefined, out: string) {
  const result = await importDataset({ folder: folder ?? "", format: "auto", out, choices: {} });
  const classes = Object.fromEntries(
    summariseManifest(result.manifest).map(({ name, images }) => [name, images]),
  );
  return { ...result, classes };
}

describe("the real sets", () => {
  it.skipIf(busi === undefined)(
    "BUSI: 306 benign, 147 malignant, 92 normal left out, 16 images with several masks",
    async () => {
      await using folder = await temporaryFolder();
      const { classes, manifest, warnings } = await importSet(busi, folder.path);
      expect(classes).toEqual({ benign: 306, malignant: 147, normal: 92 });
      expect(warnings).toEqual([]);
      expect(manifest.samples.filter(({ masks }) => (masks?.length ?? 0) > 1).length).toBeGreaterThanOrEqual(
        15,
      );
      const normal = manifest.samples.filter(({ className }) => className === "normal");
      expect(normal.every(({ masks, excluded }) => masks?.length === 0 && excluded !== null)).toBe(true);
    },
  );

  it.skipIf(busBra === undefined)(
    "BUS-BRA: 1006 benign, 486 malignant, no case in two parts of a split",
    async () => {
      await using folder = await temporaryFolder();
      const { classes, manifest, manifestHash } = await importSet(busBra, folder.path);
      expect(classes).toEqual({ benign: 1006, malignant: 486 });
      const split = makeSplit({
        manifest,
        manifestHash,
        decisionsHash: null,
        nearDuplicateGroups: null,
        seed: 1,
        options: { shares: [0.7, 0.1, 0.2], labels: [72, 144, 216], balance: "balanced", labelUnit: "image" },
      });
      const caseOf = new Map(manifest.samples.map(({ id, group }) => [id, group]));
      const parts = [split.train, split.val, split.test].map(
        (ids) => new Set(ids.map((id) => caseOf.get(id))),
      );
      expect(parts.reduce((sum, cases) => sum + cases.size, 0)).toBe(852);
      expect(new Set(parts.flatMap((cases) => [...cases])).size).toBe(852);
      expect(split.train.length + split.val.length + split.test.length).toBe(1492);
    },
  );

  it.skipIf(ddti === undefined)(
    "DDTI: 312 cases, classes by TI-RADS, every broken outline named",
    async () => {
      await using folder = await temporaryFolder();
      const { manifest, warnings } = await importSet(ddti, folder.path);
      expect(new Set(manifest.samples.map(({ group }) => group)).size).toBe(312);
      const rule: Record<string, string | null> = {
        "2": "benign",
        "3": "benign",
        "4a": null,
        "4b": "malignant",
        "4c": "malignant",
        "5": "malignant",
      };
      for (const { attributes, className } of manifest.samples) {
        expect(className).toBe(attributes.tirads === undefined ? null : rule[String(attributes.tirads)]);
      }
      const named = new Set(warnings.map(({ what }) => what.split(".")[0]));
      for (const broken of ["165", "166", "176", "197", "203", "205"]) expect(named).toContain(broken);
      expect(manifest.samples.filter(({ masks }) => masks === null)).toHaveLength(warnings.length);
    },
  );
});
