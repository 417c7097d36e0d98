import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CheckpointContent,
  DamagedFileError,
  decodeCheckpoint,
  decodeWeights,
  encodeCheckpoint,
  encodeWeights,
} from "./checkpoint-file.js";

const floats = fc
  .array(fc.float({ noNaN: false }), { minLength: 1, maxLength: 6 })
  .map((values) => Float32Array.from(values));
const array = floats.map((data) => ({ dtype: "float32" as const, shape: [data.length], data }));
const name = fc
  .string({ minLength: 1, maxLength: 8, unit: "grapheme-ascii" })
  .filter((text) => text !== "__proto__");
const slots = fc.dictionary(name, fc.oneof(floats, fc.integer({ min: 0, max: 1e6 })), {
  noNullPrototype: true,
});

const content: fc.Arbitrary<CheckpointContent> = fc.record({
  plan: fc.stringMatching(/^[0-9a-f]{64}$/),
  position: fc.record({
    step: fc.nat(),
    best: fc.option(
      fc.record({
        step: fc.nat(),
        selection: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
      }),
    ),
    stale: fc.nat(),
  }),
  snapshot: fc.record({
    state: fc.dictionary(name, array, { noNullPrototype: true }),
    optimizers: fc.dictionary(
      fc.constantFrom("segmentation", "classification"),
      slots.filter((each) => Object.keys(each).length > 0),
      { noNullPrototype: true },
    ),
  }),
});

describe("checkpoint files", () => {
  it("give back what was written", () => {
    fc.assert(
      fc.property(content, (written) => {
        const position = JSON.parse(JSON.stringify(written.position));
        expect(decodeCheckpoint(encodeCheckpoint(written))).toEqual({ ...written, position });
      }),
      { numRuns: 60 },
    );
  });

  it("are found damaged when they are cut short or any bit of them is turned", () => {
    const weights = new Map([
      ["a", { dtype: "float32" as const, shape: [3], data: Float32Array.of(1, -2, 3) }],
    ]);
    const bytes = encodeWeights(weights, "plan");
    expect(decodeWeights(bytes)).toEqual(weights);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const damaged = bytes.slice();
        damaged[at] = damaged[at]! ^ (1 << bit);
        expect(() => decodeWeights(damaged)).toThrow(DamagedFileError);
        expect(() => decodeWeights(bytes.slice(0, at))).toThrow(DamagedFileError);
      }),
      { numRuns: 300 },
    );
  });

  it("are not taken for one another", () => {
    expect(() => decodeCheckpoint(encodeWeights(new Map(), "plan"))).toThrow("hermes-checkpoint");
  });
});
