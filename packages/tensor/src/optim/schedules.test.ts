import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { polyDecay, type ScheduleSpec, scheduleValue, sigmoidRamp } from "./schedules.js";

interface Fixture {
  schedules: { spec: ScheduleSpec; totalSteps: number; values: number[] }[];
}
interface Golden {
  cases: { case: string; sigmoid_rampup?: [number, number, number][]; poly_lr?: [number, number][] }[];
}

const fixture: Fixture = JSON.parse(
  readFileSync(new URL("../../../../fixtures/optim/optimisers.json", import.meta.url), "utf8"),
);
const shared = process.env.HERMES_SHARED ?? fileURLToPath(new URL("../../../../../shared", import.meta.url));
const goldenPath = `${shared}/golden/hermes-losses.json`;

describe("scheduleValue, against PyTorch's schedulers", () => {
  it.each(fixture.schedules)("$spec", ({ spec, totalSteps, values }) => {
    values.forEach((value, step) => {
      expect(scheduleValue(spec, step, totalSteps)).toBeCloseTo(value, 10);
    });
    expect(new Set(values).size).toBeGreaterThan(3);
  });
});

describe("ramps", () => {
  it.skipIf(!existsSync(goldenPath))(
    `agree with the reference values (skipped without ${goldenPath})`,
    () => {
      const golden: Golden = JSON.parse(readFileSync(goldenPath, "utf8"));
      const ramps = golden.cases.find((each) => each.case === "ramps");
      const totalSteps = 3000;
      const baseRate = 1e-4;
      for (const [step, length, value] of ramps!.sigmoid_rampup!) {
        expect(sigmoidRamp(step, length)).toBeCloseTo(value, 12);
        expect(scheduleValue({ kind: "sigmoid-ramp", rampUpSteps: length }, step, 10)).toBe(
          sigmoidRamp(step, length),
        );
      }
      for (const [step, value] of ramps!.poly_lr!) {
        expect(baseRate * polyDecay(step, totalSteps, 0.9)).toBeCloseTo(value, 15);
      }
    },
  );

  it("have their end points", () => {
    expect(sigmoidRamp(0, 40)).toBeCloseTo(Math.exp(-5), 15);
    expect(sigmoidRamp(10, 40)).toBeCloseTo(Math.exp(-5 * 0.5625), 15);
    expect(sigmoidRamp(41, 40)).toBe(1);
    expect(sigmoidRamp(0, 0)).toBe(1);
    expect(polyDecay(3001, 3000, 0.9)).toBe(0);
  });
});

describe("scheduleValue", () => {
  it("gives FixMatch's cosine", () => {
    const spec: ScheduleSpec = { kind: "fixmatch-cosine" };
    expect(scheduleValue(spec, 0, 16)).toBe(1);
    expect(scheduleValue(spec, 8, 16)).toBeCloseTo(Math.cos((7 * Math.PI) / 32), 15);
    expect(scheduleValue(spec, 16, 16)).toBeCloseTo(0.19509, 5);
    expect(scheduleValue({ kind: "constant" }, 3, 16)).toBe(1);
  });

  it("warms up in a line, then stretches the rest over what is left", () => {
    const spec: ScheduleSpec = {
      kind: "warm-up",
      steps: 4,
      startScale: 0,
      after: { kind: "poly", power: 1 },
    };
    expect([0, 1, 2, 3, 4, 6, 8, 9].map((step) => scheduleValue(spec, step, 8))).toEqual([
      0, 0.25, 0.5, 0.75, 1, 0.5, 0, 0,
    ]);
  });

  it("is finite and inside [0, 1] over the whole run and past it", () => {
    const leaf: fc.Arbitrary<ScheduleSpec> = fc.oneof(
      fc.constant<ScheduleSpec>({ kind: "constant" }),
      fc.constant<ScheduleSpec>({ kind: "fixmatch-cosine" }),
      fc.record({ kind: fc.constant("poly" as const), power: fc.double({ min: 0.1, max: 4, noNaN: true }) }),
      fc.record({
        kind: fc.constant("cosine" as const),
        finalScale: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      fc.record({ kind: fc.constant("sigmoid-ramp" as const), rampUpSteps: fc.nat(100) }),
      fc.record({
        kind: fc.constant("step" as const),
        milestones: fc.array(fc.nat(100)),
        factor: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    );
    const any = fc.oneof(
      leaf,
      fc.record({
        kind: fc.constant("warm-up" as const),
        steps: fc.nat(50),
        startScale: fc.double({ min: 0, max: 1, noNaN: true }),
        after: leaf,
      }),
    );
    fc.assert(
      fc.property(any, fc.nat(200), fc.nat(100), (spec, step, totalSteps) => {
        const value = scheduleValue(spec, step, totalSteps);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });
});
