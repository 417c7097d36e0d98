import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../engine.js";
import { ortNodeEngine } from "../engines/ort-node/index.js";
import { checkCases } from "./cases.js";
import { checkCase, REFERENCE_TOLERANCE } from "./check-case.js";
import { checkOnEngine, ENGINE_TOLERANCE } from "./check-engine.js";
import { traceCase } from "./traced-case.js";

const cases = checkCases().map((sample) => ({ title: `${sample.name}, sample ${sample.index}`, sample }));

describe.each(cases)("$title", ({ sample }) => {
  it("agrees with its reference and central differences, twice", () => {
    const { output, gradient, second } = checkCase(sample, traceCase(sample));
    expect(output, "output").toBeLessThan(REFERENCE_TOLERANCE);
    expect(gradient ?? 0, "first derivatives").toBeLessThan(REFERENCE_TOLERANCE);
    expect(second ?? 0, "second derivatives").toBeLessThan(REFERENCE_TOLERANCE);
  });
});

describe.each(["cpu", "portable"] as const)("the %s lowering on ONNX Runtime", (target) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await ortNodeEngine({ target, threads: 1 });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it.each(cases)("agrees with the reference on $title", async ({ sample }) => {
    expect(await checkOnEngine(traceCase(sample), engine)).toBeLessThan(ENGINE_TOLERANCE);
  });
});
