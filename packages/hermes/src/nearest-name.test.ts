import { describe, expect, it } from "vitest";
import { nearestName } from "./nearest-name.js";

describe("nearestName", () => {
  it.each([
    ["stpes", ["sidePx", "steps"], "steps"],
    ["LIGHT", ["light", "paper"], "light"],
    ["suprevised", ["hermes", "supervised"], "supervised"],
    ["quantum", ["hermes", "supervised"], undefined],
    ["x", [], undefined],
  ])("%s among %j", (typed, names, wanted) => {
    expect(nearestName(typed, names)).toBe(wanted);
  });
});
