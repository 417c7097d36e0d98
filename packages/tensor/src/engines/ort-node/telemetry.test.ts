import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { importsOf, runScript } from "./testing/run-script.js";

const script = `${importsOf({
  ortNodeEngine: "engines/ort-node/index.js",
  "input, matmul, trace": "index.js",
})}
const engine = await ortNodeEngine({ threads: 1 });
const x = input("x", [2, 2]);
await engine.compile(trace({ y: matmul(x, x) }));
console.log("ran");`;

/** Where the library keeps a device's identity and what it could not send yet, since version 1.29. */
const reportsAtHome = process.platform === "linux";

const skipped = reportsAtHome ? "" : " [skipped: looked at on Linux alone]";

describe.skipIf(!reportsAtHome)(`ONNX Runtime's telemetry${skipped}`, () => {
  let home = "";
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "hermes-home-"));
  });
  afterEach(() => rm(home, { recursive: true }));

  /** As on a user's machine: in CI and in its own tests the library holds back by itself. */
  const asOutside = () => ({
    HOME: home,
    XDG_CACHE_HOME: undefined,
    CI: undefined,
    ORT_RUNNING_UNIT_TESTS: undefined,
    ORT_DISABLE_TELEMETRY: undefined,
  });

  it("keeps nothing at home", async () => {
    const { stdout, code } = await runScript(script, { env: asOutside() });
    expect({ stdout, code }).toEqual({ stdout: "ran\n", code: 0 });
    expect(await readdir(home)).toEqual([]);
  });

  // Where it is on, a regular expression over the command line overflows the stack of the engine's thread.
  it("does not end a process with a long command line", async () => {
    const words = Array.from({ length: 2000 }, (_, i) => `/somewhere/images/scan-${i}.png`);
    const oneLine = script.replaceAll("\n", " ");
    const { stdout, code } = await runScript(oneLine, { env: asOutside(), words });
    expect({ stdout, code }).toEqual({ stdout: "ran\n", code: 0 });
  });
});
