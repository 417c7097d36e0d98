import { expect, it } from "vitest";
import { makeEvaluation } from "../testing/make-evaluation.js";
import { armNames } from "./arm-names.js";

const facts = (method: string, seed: number, options: Record<string, unknown> = {}) =>
  makeEvaluation({ method, seed, options, images: [] }).run;

it("armNames tells runs of one method apart by the settings that differ, not by seed", () => {
  const names = armNames([
    facts("supervised", 1),
    facts("supervised", 2),
    facts("hermes", 1, { saliency: "on", weight: 1 }),
    facts("hermes", 1, { saliency: "off", weight: 1 }),
    facts("hermes", 2, { saliency: "off", weight: 1 }),
  ]);
  expect(names).toEqual([
    "supervised",
    "supervised",
    "hermes (saliency=on)",
    "hermes (saliency=off)",
    "hermes (saliency=off)",
  ]);
});
