import { describe, expect, it } from "vitest";
import { mobileNetForm } from "./mobilenet-form.js";

const named = (...names: readonly string[]) =>
  new Map(names.map((name) => [name, { shape: [1], data: new Float32Array(1) }]));

describe("the form of a MobileNetV2 file", () => {
  it.each([
    ["folded", ["stem.weight", "stem.bias"]],
    ["mobilenet-v2-timm", ["conv_stem.weight", "bn1.bias"]],
    ["mobilenet-v2-torchvision", ["features.0.0.weight"]],
  ] as const)("is %s where it has %s", (form, names) => {
    expect(mobileNetForm(named(...names))).toBe(form);
  });

  it("is none of a ResNet", () => {
    expect(mobileNetForm(named("conv1.weight", "fc.bias"))).toBeUndefined();
  });
});
