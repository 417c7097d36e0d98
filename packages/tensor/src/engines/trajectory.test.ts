import { existsSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type Trajectory,
  TRAJECTORY_STEPS,
  TRAJECTORY_TOLERANCE,
  trajectoryError,
  trajectoryOn,
} from "../testing/trajectory.js";
import { type OrtNodeOptions, ortNodeEngine } from "./ort-node/index.js";
import { availableProviders } from "./ort-node/providers.js";
import { importsOf, runScript } from "./ort-node/testing/run-script.js";
import { referenceEngine } from "./reference.js";

let wanted: Trajectory;
beforeAll(async () => {
  wanted = await trajectoryOn(referenceEngine());
});

/** Compiling WebGPU's shaders takes a software driver seven seconds of a core that others may want too. */
const timeoutMs = 100_000;
/** Chromium's software Vulkan, for machines without a GPU. */
const vulkanFolder = "/usr/lib/chromium";
const vulkanDriver = `${vulkanFolder}/vk_swiftshader_icd.json`;

async function whyNoWebGpu(): Promise<string> {
  if (!(await availableProviders()).includes("webgpu")) return "this build of ONNX Runtime has no webgpu";
  return existsSync(vulkanDriver) ? "" : `no ${vulkanDriver}`;
}
const webGpuProblem = await whyNoWebGpu();

/** Trains in a process of its own, since a Vulkan driver is chosen by the environment at its start. */
async function trajectoryInProcess(options: OrtNodeOptions): Promise<Trajectory> {
  const script = `${importsOf({ ortNodeEngine: "engines/ort-node/index.js", trajectoryOn: "testing/trajectory.js" })}
    const engine = await ortNodeEngine(${JSON.stringify(options)});
    console.log(JSON.stringify(await trajectoryOn(engine)));
    await engine[Symbol.asyncDispose]();`;
  const libraries = [vulkanFolder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  const env = { VK_ICD_FILENAMES: vulkanDriver, LD_LIBRARY_PATH: libraries };
  const { stdout, stderr, code } = await runScript(script, { env, timeoutMs });
  if (code !== 0) throw new Error(`the process ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

describe("the same traced program trains alike", () => {
  it("on the reference engine, where the loss moves", () => {
    expect(wanted.losses).toHaveLength(TRAJECTORY_STEPS);
    expect(new Set(wanted.losses).size).toBe(TRAJECTORY_STEPS);
    expect(Math.min(...wanted.losses)).toBeLessThan(0.8 * wanted.losses[0]!);
  });

  it.each<OrtNodeOptions>([
    { target: "cpu", threads: 1 },
    { target: "cpu", threads: 2 },
    { target: "portable", threads: 2 },
  ])("on ONNX Runtime's CPU provider with %o", async (options) => {
    await using engine = await ortNodeEngine(options);
    expect(trajectoryError(await trajectoryOn(engine), wanted)).toBeLessThan(TRAJECTORY_TOLERANCE);
  });

  const skipped = webGpuProblem === "" ? "" : ` [skipped: ${webGpuProblem}]`;
  it.skipIf(skipped !== "")(`on WebGPU in software${skipped}`, { timeout: 2 * timeoutMs }, async () => {
    const got = await trajectoryInProcess({ providers: ["webgpu"] });
    expect(trajectoryError(got, wanted)).toBeLessThan(TRAJECTORY_TOLERANCE);
  });
});

describe("the distance of two trajectories", () => {
  const line: Trajectory = { losses: [2, 1], stateNorms: { w: 4 } };
  it.each([
    [{ losses: [2, 1.5], stateNorms: { w: 4 } }, 0.5],
    [{ losses: [2, 1], stateNorms: { w: 3 } }, 0.25],
    [{ losses: [2], stateNorms: { w: 4 } }, Number.POSITIVE_INFINITY],
    [{ losses: [2, Number.NaN], stateNorms: { w: 4 } }, Number.NaN],
  ])("sees %o", (other, error) => {
    expect(trajectoryError(other, line)).toBe(error);
  });
});
