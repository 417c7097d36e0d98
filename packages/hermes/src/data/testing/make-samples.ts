import fc from "fast-check";
import { sha256Hex } from "../manifest.js";
import type { Manifest, Sample } from "../sample.js";

/** @returns a sample with everything plain but what is given */
export function makeSample(id: string, given: Partial<Sample> = {}): Sample {
  return {
    id,
    image: `${id}.png`,
    widthPx: 40,
    heightPx: 30,
    masks: [
      {
        kind: "polygon",
        pointsPx: [
          [1, 1],
          [9, 1],
          [9, 9],
        ],
      },
    ],
    className: "benign",
    group: null,
    excluded: null,
    source: "test",
    licence: "none",
    sha256: sha256Hex(id),
    attributes: {},
    ...given,
  };
}

export function makeManifest(samples: readonly Sample[]): Manifest {
  return {
    header: {
      kind: "hermes-manifest",
      version: 1,
      format: "generic",
      title: "test set",
      root: "..",
      classes: ["benign", "malignant"],
      licence: "none",
      citation: null,
    },
    samples,
  };
}

/** Sets of patients with one class each, some images unlabelled, some left out; enough patients of both classes. */
export const anySamples: fc.Arbitrary<Sample[]> = fc
  .array(
    fc.record({
      malignant: fc.constantFrom(0, 1, 2),
      views: fc.integer({ min: 1, max: 4 }),
      unlabelled: fc.integer({ min: 0, max: 9 }),
      grouped: fc.constantFrom("yes", "no"),
      excluded: fc.integer({ min: 0, max: 11 }),
    }),
    { minLength: 10, maxLength: 60 },
  )
  .map((patients) => {
    const certain = ["benign", "malignant"].flatMap((className) =>
      Array.from({ length: 6 }, (_, index) => makeSample(`sure-${className}-${index}`, { className })),
    );
    const drawn = patients.flatMap(({ malignant, views, unlabelled, grouped, excluded }, patient) =>
      Array.from({ length: views }, (_, view) =>
        makeSample(`p${patient}-v${view}`, {
          className:
            unlabelled === 0 || (unlabelled === 1 && view === 0)
              ? null
              : malignant === 0
                ? "malignant"
                : "benign",
          masks: unlabelled === 0 ? null : [],
          group: grouped === "yes" ? `p${patient}` : null,
          excluded: excluded === 0 ? "class normal" : null,
        }),
      ),
    );
    return [...certain, ...drawn];
  });
