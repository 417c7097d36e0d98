import { expect, it } from "vitest";
import { RunClock } from "./training-lines.js";

it("tells the time left from the steps since the first log line, whatever came before", () => {
  let nowMs = 0;
  const clock = new RunClock(1200, () => nowMs);
  nowMs = 60_000;
  expect(clock.remaining(20)).toBe("?");
  nowMs += 40_000;
  expect(clock.remaining(40)).toBe("39 min");
  nowMs += 1160 * 2000 - 40_000 - 30_000;
  expect(clock.remaining(1185)).toBe("29 s");
});
