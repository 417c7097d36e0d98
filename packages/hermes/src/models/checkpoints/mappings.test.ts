import { input } from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { convNorm } from "../../nn/conv-norm.js";
import { Declarations, Scope } from "../../nn/scope.js";
import { MOBILENET_V2_BLOCKS, mobileNetV2Blocks, mobileNetV2Head, mobileNetV2Stem } from "../mobilenet-v2.js";
import { resNetStages, resNets } from "../resnet.js";
import { res2NetStages, res2Nets } from "../res2net.js";
import { checkpointMappings } from "./mappings.js";

const NORM = ["weight", "bias", "running_mean", "running_var"];

function conv(name: string): string[] {
  return [`${name}.weight`];
}

function norm(name: string): string[] {
  return [...NORM.map((field) => `${name}.${field}`), `${name}.num_batches_tracked`];
}

/** The names that timm's mobilenetv2_100 saves, from its description of stages. */
function timmMobileNetV2(): string[] {
  const repeats = [1, 2, 3, 4, 3, 3, 1];
  const blocks = repeats.flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => `blocks.${stage}.${i}`).flatMap((path) =>
      stage === 0
        ? [
            ...conv(`${path}.conv_dw`),
            ...norm(`${path}.bn1`),
            ...conv(`${path}.conv_pw`),
            ...norm(`${path}.bn2`),
          ]
        : ["conv_pw", "conv_dw", "conv_pwl"].flatMap((layer, i) => [
            ...conv(`${path}.${layer}`),
            ...norm(`${path}.bn${i + 1}`),
          ]),
    ),
  );
  const ends = [...conv("conv_stem"), ...norm("bn1"), ...conv("conv_head"), ...norm("bn2")];
  return [...ends, ...blocks, "classifier.weight", "classifier.bias"];
}

/** The names that torchvision's mobilenet_v2 saves. */
function torchvisionMobileNetV2(): string[] {
  const unit = (path: string, at: number): string[] => [
    ...conv(`${path}.${at}.0`),
    ...norm(`${path}.${at}.1`),
  ];
  const blocks = Array.from({ length: 17 }, (_, i) => {
    const path = `features.${i + 1}.conv`;
    const units = i === 0 ? 1 : 2;
    const narrow = Array.from({ length: units }, (_, at) => unit(path, at)).flat();
    return [...narrow, ...conv(`${path}.${units}`), ...norm(`${path}.${units + 1}`)];
  });
  const ends = [0, 18].flatMap((at) => [...conv(`features.${at}.0`), ...norm(`features.${at}.1`)]);
  return [...ends, ...blocks.flat(), "classifier.1.weight", "classifier.1.bias"];
}

/** What a network declares in evaluation, sorted. */
function declared(build: (scope: Scope) => void): string[] {
  const declarations = new Declarations();
  build(new Scope(declarations, "", "evaluate"));
  return [...declarations.parameters.keys(), ...declarations.buffers.keys()].sort();
}

function renamed(names: readonly string[], rename: (name: string) => string | null): string[] {
  return names.flatMap((name) => rename(name) ?? []).sort();
}

const image = () => input("image", [1, 3, 64, 64]);

const mobileNetV2 = declared((scope) => {
  const options = { unit: convNorm, padding: "torch" } as const;
  const stem = mobileNetV2Stem(scope, image(), options);
  const blocks = mobileNetV2Blocks(scope, stem, { options, start: 0, end: MOBILENET_V2_BLOCKS });
  mobileNetV2Head(scope, blocks.get(MOBILENET_V2_BLOCKS - 1)!, options);
});

describe("mappings", () => {
  it("name every tensor of timm's MobileNetV2", () => {
    expect(renamed(timmMobileNetV2(), checkpointMappings["mobilenet-v2-timm"].rename)).toEqual(mobileNetV2);
  });

  it("name every tensor of torchvision's MobileNetV2", () => {
    const { rename } = checkpointMappings["mobilenet-v2-torchvision"];
    expect(renamed(torchvisionMobileNetV2(), rename)).toEqual(mobileNetV2);
  });

  it("know ResNet-50's published names, spot by spot", () => {
    const names = declared((scope) => resNetStages(scope, image(), resNets["resnet-50"], { lastStage: 4 }));
    const { rename } = checkpointMappings.resnet;
    for (const name of [
      "conv1.weight",
      "layer1.0.downsample.0.weight",
      "layer3.5.bn3.running_var",
      "layer4.2.conv2.weight",
    ]) {
      expect(names).toContain(rename(name));
    }
    expect(rename("fc.bias")).toBeNull();
    expect(rename("layer1.0.bn1.num_batches_tracked")).toBeNull();
    // torchvision's resnet50: 161 parameters and 106 statistics with fc's 2, counters apart
    expect(names).toHaveLength(161 - 2 + 106);
  });

  it("move the shortcuts of Res2Net v1 to where v1b has them", () => {
    const names = declared((scope) => res2NetStages(scope, image(), res2Nets["res2net-50-v1b"], 4));
    const { rename } = checkpointMappings["res2net-v1"];
    expect(rename("layer2.0.downsample.0.weight")).toBe("layer2.0.downsample.1.weight");
    expect(names).toContain(rename("layer2.0.downsample.1.running_mean"));
    expect(names).toContain(rename("layer3.5.convs.2.weight"));
  });
});
