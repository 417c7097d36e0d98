import type { Fetches, ModelSession } from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { SessionPool } from "./session-pool.js";

/** Runs end when they are told to, one after the other. */
function lane(name: string, log: string[]) {
  const ends: (() => void)[] = [];
  const session: ModelSession = {
    inputs: ["x"],
    outputs: ["y"],
    run: () =>
      new Promise<Fetches>((resolve) => {
        log.push(name);
        ends.push(() => resolve({ y: { dtype: "float32", shape: [1], data: Float32Array.of(ends.length) } }));
      }),
    [Symbol.asyncDispose]: async () => {
      log.push(`${name} disposed of`);
    },
  };
  return { session, end: () => ends.shift()!() };
}

describe("a pool of sessions", () => {
  it("gives each run to the session with the fewest under way", async () => {
    const log: string[] = [];
    const [a, b] = [lane("a", log), lane("b", log)];
    const pool = new SessionPool([a.session, b.session]);
    const runs = [1, 2, 3].map(() => pool.run({}, ["y"]));
    expect(log).toEqual(["a", "b", "a"]);
    b.end();
    await runs[1];
    runs.push(pool.run({}, ["y"]));
    expect(log).toEqual(["a", "b", "a", "b"]);
    a.end();
    a.end();
    b.end();
    await Promise.all(runs);
    await pool[Symbol.asyncDispose]();
    expect(log.slice(4).sort()).toEqual(["a disposed of", "b disposed of"]);
  });

  it("counts a run that failed as ended", async () => {
    const log: string[] = [];
    const broken: ModelSession = {
      ...lane("broken", log).session,
      run: () => Promise.reject(new Error("no")),
    };
    const pool = new SessionPool([broken, lane("b", log).session]);
    await expect(pool.run({}, ["y"])).rejects.toThrow("no");
    await expect(pool.run({}, ["y"])).rejects.toThrow("no");
    expect(log).toEqual([]);
  });
});
