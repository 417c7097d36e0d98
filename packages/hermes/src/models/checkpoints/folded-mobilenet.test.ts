import { readFileSync } from "node:fs";
import { input, SafetensorsFile, trace } from "@hermes-us/tensor";
import { ortNodeEngine } from "@hermes-us/tensor/ort-node";
import { describe, expect, it } from "vitest";
import { sharedPath } from "../../node/testing/shared.js";
import { convNorm } from "../../nn/conv-norm.js";
import { asColour, scaleInput } from "../../nn/input-scaling.js";
import { Declarations, type Mode, Scope } from "../../nn/scope.js";
import { checkMobileNetGolden } from "../../testing/golden-mobilenet.js";
import { goldenTensor } from "../../testing/golden-tensor.js";
import { applyCheckpoint, checkpointComplaints } from "./apply-checkpoint.js";
import { checkpointTensors } from "./checkpoint.js";
import { foldedMobileNetV2, loadMobileNetFolded, poolStatistics, recreateNorms } from "./folded-mobilenet.js";
import { checkpointMappings } from "./mappings.js";

const weights = sharedPath("weights", "mobilenet_v2_1.0_imagenet.safetensors");
const golden = sharedPath("golden", "mobilenet-v2.json");

describe("pooled statistics", () => {
  it("are those of all values together", () => {
    // channel values 1, 3 in the first batch and 5, 7 in the second: mean 4, variance 5
    const pooled = poolStatistics([
      { mean: Float32Array.of(2), variance: Float32Array.of(1) },
      { mean: Float32Array.of(6), variance: Float32Array.of(1) },
    ]);
    expect([...pooled.mean]).toEqual([4]);
    expect([...pooled.variance]).toEqual([5]);
  });
});

describe("recreated norms", () => {
  it("undo the normalisation and keep the bias", () => {
    const tensors = recreateNorms(
      new Map([
        ["stem.weight", { shape: [1, 1, 1, 1], data: Float32Array.of(3) }],
        ["stem.bias", { shape: [1], data: Float32Array.of(0.5) }],
      ]),
      new Map([["stem", { mean: Float32Array.of(2), variance: Float32Array.of(4) }]]),
    );
    const value = (name: string): number => tensors.get(name)!.data[0]!;
    expect(value("stem.weight")).toBe(3);
    expect(value("stem.norm.running_mean")).toBe(1.5);
    expect(value("stem.norm.running_var")).toBe(4);
    // BN(conv(x)) = gamma (c - 1.5) / sqrt(4 + eps) + beta = c + 0.5 for any c
    for (const c of [-1, 0, 2.5]) {
      const unit = (c - 1.5) / Math.sqrt(4 + 1e-5);
      expect(value("stem.norm.weight") * unit + value("stem.norm.bias")).toBeCloseTo(c + 0.5, 5);
    }
  });
});

describe.skipIf(weights === undefined || golden === undefined)(
  "the folded MobileNetV2 (needs shared weights)",
  () => {
    const folded = () => checkpointTensors(new SafetensorsFile(readFileSync(weights!)));

    it("has the reference's activations", async () => {
      await using engine = await ortNodeEngine();
      const rows = await checkMobileNetGolden(readFileSync(golden!, "utf8"), folded(), engine);
      expect(rows.filter(({ ok }) => !ok)).toEqual([]);
      expect(rows.length).toBeGreaterThan(15);
    });

    it("is the same function with norms as without, in both modes", async () => {
      await using engine = await ortNodeEngine();
      const shape = [4, 1, 64, 64] as const;
      const image = goldenTensor("calibration", [shape, 0, 1]);
      const data = Float32Array.from(image.data);
      const tensors = await loadMobileNetFolded(engine, folded(), [{ shape, data }]);
      const head = async (unit: "folded" | "norms", mode: Mode) => {
        const declarations = new Declarations();
        const x = scaleInput(asColour(input("image", shape)), "symmetric");
        const scope = new Scope(declarations, "net/", mode);
        const output = foldedMobileNetV2(scope, x, ...(unit === "norms" ? [convNorm] : [])).head;
        const source = unit === "norms" ? tensors : folded();
        const report = applyCheckpoint(source, checkpointMappings.own, declarations, {
          prefix: "net/",
          names: /./,
        });
        expect(checkpointComplaints(report, "mobilenet")).toEqual([]);
        const program = trace({ output });
        const feeds = Object.fromEntries(
          [...program.inputs].map(([name, type]) => [
            name,
            name === "image"
              ? image
              : { dtype: "float32" as const, shape: type.shape, data: report.values.get(name)! },
          ]),
        );
        await using executable = await engine.compile(program);
        return (await executable.run(feeds)).output!.data;
      };
      const wanted = await head("folded", "evaluate");
      const scale = Math.max(...wanted);
      for (const mode of ["evaluate", "train"] as const) {
        const got = await head("norms", mode);
        const worst = Math.max(...Array.from(got, (value, i) => Math.abs(value - wanted[i]!)));
        expect(worst / scale, mode).toBeLessThan(1e-2);
      }
      expect(scale).toBeGreaterThan(0.1);
    });
  },
);
