import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashManifest, parseManifest, serialiseManifest } from "./manifest.js";
import { anySamples, makeManifest, makeSample } from "./testing/make-samples.js";

describe("manifest", () => {
  it("comes back as it was written, whatever is in the names", () => {
    fc.assert(
      fc.property(anySamples, fc.string({ minLength: 1, unit: "grapheme" }), (samples, word) => {
        const named = [...samples, makeSample("odd", { attributes: { [`x-${word}`]: word }, group: word })];
        const manifest = makeManifest(named);
        const back = parseManifest(serialiseManifest(manifest), "manifest.jsonl");
        expect(new Map(back.samples.map((sample) => [sample.id, sample]))).toEqual(
          new Map(named.map((sample) => [sample.id, sample])),
        );
        expect(hashManifest(back)).toBe(hashManifest(manifest));
      }),
      { numRuns: 30 },
    );
  });

  it("has a hash that depends on the content alone, not on order or place", () => {
    const manifest = makeManifest([makeSample("a"), makeSample("b")]);
    const moved = {
      header: { ...manifest.header, root: "../../elsewhere" },
      samples: [...manifest.samples].reverse(),
    };
    expect(hashManifest(moved)).toBe(hashManifest(manifest));
    const relabelled = makeManifest([makeSample("a", { className: "malignant" }), makeSample("b")]);
    expect(hashManifest(relabelled)).not.toBe(hashManifest(manifest));
  });

  it("reports all faulty lines together", () => {
    const lines = serialiseManifest(makeManifest([makeSample("a"), makeSample("b"), makeSample("c")])).split(
      "\n",
    );
    lines[1] = lines[1]!.replace('"a.png"', '"../a.png"');
    lines[2] = "{";
    lines[3] = lines[3]!.replace('"benign"', '"cyst"');
    const read = () => parseManifest(lines.join("\n"), "m.jsonl");
    expect(read).toThrow(/m.jsonl, line 2: got a fault in field image; wanted must be a relative path/);
    expect(read).toThrow(/m.jsonl, line 3: got text that is not JSON/);
    expect(read).toThrow(/image "c": got class "cyst"; wanted one of benign, malignant/);
  });

  it("refuses the same id twice, and an empty file", () => {
    expect(() =>
      parseManifest(serialiseManifest(makeManifest([makeSample("a"), makeSample("a")])), "m"),
    ).toThrow(/the id "a" twice/);
    expect(() => parseManifest("", "m")).toThrow(/line 1 \(header\)/);
  });
});
