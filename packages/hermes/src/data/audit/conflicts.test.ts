import { describe, expect, it } from "vitest";
import { UserError } from "../../errors.js";
import { identityPlacement } from "./align.js";
import { type AuditedImage, checkDuplicates, diceAligned } from "./conflicts.js";
import { applyDecisions, type Decision, parseDecisions } from "./decisions.js";
import type { DuplicatePair } from "./near-duplicates.js";
import { checkSplitLeaks } from "./split-leaks.js";
import type { Thumbnail } from "./thumbnail.js";

/** 4 x 4, the first `count` cells lesion. */
function maskOf(count: number): Thumbnail {
  return {
    widthPx: 4,
    heightPx: 4,
    data: Uint8Array.from({ length: 16 }, (_, at) => (at < count ? 255 : 0)),
  };
}

function image(id: string, changes: Partial<AuditedImage> = {}): AuditedImage {
  return { id, className: "benign", group: null, excluded: null, mask: maskOf(8), ...changes };
}

function pair(first: number, second: number, kind: DuplicatePair["kind"] = "near"): DuplicatePair {
  return { first, second, kind, similarity: 0.9, placement: identityPlacement };
}

const decide = (decision: Decision["decision"]): Decision[] => [
  { ids: ["b", "a"], decision, reason: "looked" },
];
const codes = (images: AuditedImage[], decisions: Decision[] = []) =>
  checkDuplicates(images, [pair(0, 1)], decisions).findings.map(
    ({ code, severity }) => `${code} ${severity}`,
  );

describe("checkDuplicates", () => {
  it("reports copies, milder within one patient", () => {
    expect(codes([image("a"), image("b")])).toEqual(["near-duplicate warning"]);
    expect(codes([image("a", { group: "1" }), image("b", { group: "1" })])).toEqual(["near-duplicate info"]);
    expect(codes([image("a", { group: "1" }), image("b", { group: "2" })])).toEqual([
      "near-duplicate warning",
    ]);
  });

  it("joins pairs to groups, sorted", () => {
    const { nearDuplicateGroups, findings } = checkDuplicates(
      ["d", "a", "c", "b"].map((id) => image(id)),
      [pair(0, 1, "exact"), pair(1, 3, "exact")],
      [],
    );
    expect(nearDuplicateGroups).toEqual([["a", "b", "d"]]);
    expect(findings.map(({ code }) => code)).toEqual(["exact-duplicate"]);
  });

  it("blocks for other classes or outlines, not for excluded or unknown ones", () => {
    expect(codes([image("a"), image("b", { className: "malignant" })])).toContain("label-conflict blocking");
    expect(codes([image("a"), image("b", { mask: maskOf(0) })])).toContain("mask-conflict blocking");
    expect(codes([image("a"), image("b", { className: "normal", excluded: "normal" })])).toHaveLength(1);
    expect(codes([image("a"), image("b", { className: null, mask: null })])).toHaveLength(1);
  });

  it("lets decisions unblock, if they do solve the conflict", () => {
    const classes = [image("a"), image("b", { className: "malignant" })];
    expect(codes(classes, decide("keep-both"))).toContain("label-conflict info");
    expect(codes(classes, decide({ drop: ["b"] }))).toContain("label-conflict info");
    expect(codes(classes, decide({ relabel: { b: "benign" } }))).toContain("label-conflict info");
    expect(codes(classes, decide({ relabel: { a: "benign" } }))).toContain("label-conflict blocking");
    const masks = [image("a"), image("b", { mask: maskOf(0) })];
    expect(codes(masks, decide({ relabel: { b: "benign" } }))).toContain("mask-conflict blocking");
  });

  it("warns of decisions about nothing", () => {
    expect(codes([image("a"), image("b")], decide("keep-both"))).toContain("stale-decision warning");
  });
});

describe("diceAligned", () => {
  it("is worked by hand: 8 and 4 cells, 4 in common", () => {
    expect(diceAligned(maskOf(8), maskOf(4), identityPlacement)).toBeCloseTo(8 / 12, 6);
    expect(diceAligned(maskOf(0), maskOf(0), identityPlacement)).toBe(1);
  });
});

describe("decisions", () => {
  const known = new Set(["a", "b"]);
  const parse = (value: unknown) =>
    parseDecisions(JSON.stringify(value), "decisions.json", known, ["benign", "malignant"]);

  it("reads the three kinds", () => {
    const decisions = [
      ...decide("keep-both"),
      ...decide({ drop: ["a"] }),
      ...decide({ relabel: { a: "malignant" } }),
    ];
    expect(parse({ version: 1, decisions })).toEqual(decisions);
  });

  it("reports all faults together", () => {
    const decisions = [
      ...decide({ drop: ["c"] }),
      ...decide({ relabel: { b: "tumour" } }),
      { ids: ["a", "z"], decision: "keep-both", reason: "x" },
    ];
    try {
      parse({ version: 1, decisions });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).complaints.map(({ got }) => got)).toEqual([
        "c, which is not in its ids",
        "the unknown class tumour",
        "the unknown image z",
      ]);
    }
    expect(() => parse({ version: 1, decisions: [{ ids: ["a", "b"], decision: "keep" }] })).toThrow(
      UserError,
    );
    expect(() => parseDecisions("{", "decisions.json", known, [])).toThrow(/not JSON/);
  });

  it("changes dropped and relabelled samples alone", () => {
    const samples = [image("a"), image("b"), image("c")];
    const after = applyDecisions(samples, [
      ...decide({ drop: ["a"] }),
      ...decide({ relabel: { b: "malignant" } }),
    ]);
    expect(after).toEqual([
      { ...samples[0], excluded: "dropped by decision: looked" },
      { ...samples[1], className: "malignant" },
      samples[2],
    ]);
  });
});

describe("checkSplitLeaks", () => {
  it("finds torn units and images in two parts", () => {
    const split = { name: "s", train: ["a", "b", "e"], val: ["c"], test: ["d", "e"] };
    const units = [
      { name: "patient 1", ids: ["a", "b"] },
      { name: "patient 2", ids: ["c", "d"] },
    ];
    const leaks = checkSplitLeaks(split, units);
    expect(leaks.map(({ ids }) => ids)).toEqual([["c", "d"], ["e"]]);
    expect(leaks[0]!.message).toBe("split s: patient 2 is in val and test");
  });
});
