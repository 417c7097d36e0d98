import type { Architecture } from "../pretrained-part.js";
import type { CheckpointMappingName } from "./mappings.js";

/** Public weights and where their publishers keep them. */
export interface WeightsSource {
  readonly title: string;
  readonly architecture: Architecture;
  readonly mapping: CheckpointMappingName;
  readonly url: string;
  /** The page that offers it, for people, and for the day the address changes. */
  readonly page: string;
  readonly fileName: string;
  readonly licence: string;
}

function timm(
  model: string,
  part: Pick<WeightsSource, "title" | "architecture" | "mapping" | "licence">,
): WeightsSource {
  const page = `https://huggingface.co/timm/${model}`;
  return {
    ...part,
    url: `${page}/resolve/main/model.safetensors`,
    page,
    fileName: `${model}.safetensors`,
  };
}

/**
 * Official addresses. The publishers print no SHA-256 beside the files, so the first fetch records the one it found, and
 * later ones are held to it.
 */
export const weightsSources = Object.freeze({
  "mobilenet-v2": timm("mobilenetv2_100.ra_in1k", {
    title: "MobileNetV2 1.0, ImageNet-1k",
    architecture: "mobilenet-v2",
    mapping: "mobilenet-v2-timm",
    licence: "Apache-2.0",
  }),
  "resnet-18": timm("resnet18.tv_in1k", {
    title: "ResNet-18 of torchvision, ImageNet-1k",
    architecture: "resnet-18",
    mapping: "resnet",
    licence: "BSD-3-Clause",
  }),
  "resnet-34": timm("resnet34.tv_in1k", {
    title: "ResNet-34 of torchvision, ImageNet-1k",
    architecture: "resnet-34",
    mapping: "resnet",
    licence: "BSD-3-Clause",
  }),
  "resnet-50": timm("resnet50.tv_in1k", {
    title: "ResNet-50 of torchvision, ImageNet-1k",
    architecture: "resnet-50",
    mapping: "resnet",
    licence: "BSD-3-Clause",
  }),
  "res2net-50-v1b": timm("res2net50d.in1k", {
    title: "Res2Net-50 v1b 26w4s, ImageNet-1k",
    architecture: "res2net-50-v1b",
    mapping: "res2net-v1b",
    licence: "unknown: the page gives none",
  }),
  "res2net-101-v1b": timm("res2net101d.in1k", {
    title: "Res2Net-101 v1b 26w4s, ImageNet-1k",
    architecture: "res2net-101-v1b",
    mapping: "res2net-v1b",
    licence: "unknown: the page gives none",
  }),
  "res2net-101-v1": timm("res2net101_26w_4s.in1k", {
    title: "Res2Net-101 26w4s, ImageNet-1k; lacks the stem of v1b",
    architecture: "res2net-101-v1b",
    mapping: "res2net-v1",
    licence: "unknown: the page gives none",
  }),
} as const satisfies Record<string, WeightsSource>);

export type WeightsName = keyof typeof weightsSources;

export function isWeightsName(name: string): name is WeightsName {
  return Object.hasOwn(weightsSources, name);
}
