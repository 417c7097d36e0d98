import { describe, expect, it } from "vitest";
import { formatComplaint } from "../../errors.js";
import { applyCheckpoint, checkpointComplaints } from "./apply-checkpoint.js";
import type { CheckpointTensors } from "./checkpoint.js";
import { checkpointMappings } from "./mappings.js";

const declared = {
  parameters: new Map(
    (
      [
        ["net/cls.conv1.weight", [2, 1, 1, 1]],
        ["net/cls.bn1.weight", [2]],
        ["net/cls.cls_head.weight", [2, 2]],
        ["net/seg.conv1.weight", [2, 1, 1, 1]],
      ] as const
    ).map(([name, shape]) => [name, { shape, initializer: { kind: "constant", value: 0 } as const }]),
  ),
  buffers: new Map([["net/cls.bn1.running_mean", { shape: [2], initial: 0 }]]),
};

const place = { prefix: "net/cls.", names: /^(conv1|bn1)\./ };

function checkpoint(entries: Readonly<Record<string, readonly number[]>>): CheckpointTensors {
  return new Map(
    Object.entries(entries).map(([name, shape]) => [
      name,
      { shape, data: new Float32Array(shape.reduce((product, extent) => product * extent, 1)).fill(7) },
    ]),
  );
}

const whole = {
  "conv1.weight": [2, 1, 1, 1],
  "bn1.weight": [2],
  "bn1.running_mean": [2],
  "fc.weight": [1000, 2],
};

describe("applying a checkpoint", () => {
  it("fills the part and leaves ImageNet's last layer out", () => {
    const report = applyCheckpoint(checkpoint(whole), checkpointMappings.resnet, declared, place);
    expect([...report.values.keys()].sort()).toEqual([
      "net/cls.bn1.running_mean",
      "net/cls.bn1.weight",
      "net/cls.conv1.weight",
    ]);
    expect(report).toMatchObject({ missing: [], unexpected: [], mismatched: [], leftOut: ["fc.weight"] });
    expect(checkpointComplaints(report, "resnet18.safetensors")).toEqual([]);
  });

  it("tells what is missing, unexpected and of another shape, all at once", () => {
    const tensors = checkpoint({
      "conv1.weight": [2, 3, 1, 1],
      "norm1.weight": [2],
      "bn1.running_mean": [2],
    });
    const report = applyCheckpoint(tensors, checkpointMappings.resnet, declared, place);
    expect(report.missing).toEqual(["net/cls.bn1.weight"]);
    expect(report.unexpected).toEqual(["norm1.weight"]);
    expect(report.mismatched).toEqual([
      { name: "net/cls.conv1.weight", got: [2, 3, 1, 1], wanted: [2, 1, 1, 1] },
    ]);
    expect([...report.values.keys()]).toEqual(["net/cls.bn1.running_mean"]);
    const message = checkpointComplaints(report, "x.safetensors").map(formatComplaint).join("\n");
    for (const part of ["[2, 3, 1, 1]", "[2, 1, 1, 1]", "net/cls.bn1.weight", "norm1.weight"]) {
      expect(message).toContain(part);
    }
  });
});
